// COPY BOTH mode: messages in, status updates out.
//
// READING FAST. While there is a backlog the walsender makes one system call a row and wakes the
// reader for each; both spend their time on that. So while bytes come at the rate of a backlog (64
// KiB in 4 ms) the reader sleeps for 0.3 ms whenever less than 16 KiB wait in the socket, and then
// takes everything: fewer wake-ups, longer reads, the same bytes. Without a backlog nothing is ever
// slept on. See docs/adr/0006-let-the-socket-fill.md for the figures.
//
// Memory: libpq's input buffer (as much as one read took, at most about 256 KiB, or one message if
// that is larger) and the message handed out.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cdc/error.h"
#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

class CopyStream {
 public:
  // Neither the connection nor the descriptors are owned.
  CopyStream(PGconn* connection, std::vector<int> wakeup_fds);
  ~CopyStream();
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;

  Result<Received> receive(std::chrono::milliseconds wait);
  Result<void> send_feedback(Lsn flushed, bool reply_requested);
  Result<void> stop(std::chrono::milliseconds timeout);

 private:
  enum class Woken { by_data, by_caller, by_time };
  Woken wait_for_data(std::chrono::milliseconds wait);
  Result<void> read_socket();
  void let_socket_fill();
  void note_rate(int bytes);
  Result<Received> parse(std::string_view message);
  Error ended();

  PGconn* connection_;
  std::vector<int> wakeup_fds_;
  char* buffer_ = nullptr;  // libpq's, freed at the next receive
  bool backlog_ = false;
  std::chrono::steady_clock::time_point measured_since_{};
  std::int64_t bytes_measured_ = 0;
  bool output_waits_ = false;
};

}  // namespace wakestream::cdc
