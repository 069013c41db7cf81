#include "cdc/session/copy_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <array>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>

#include "cdc/pgoutput/wire_reader.h"
#include "cdc/session/connection.h"
#include "cdc/session/server_error.h"
#include "cdc/wall_time.h"

namespace wakestream::cdc {

namespace {

using std::chrono::milliseconds;

// Bytes that come faster than this come from a backlog: 16 MiB a second.
constexpr std::int64_t backlog_bytes = 64 << 10;
constexpr milliseconds backlog_window{4};
constexpr int socket_fill_bytes = 16 << 10;
constexpr int read_bytes_max = 256 << 10;
constexpr timespec fill_pause{0, 300'000};

int bytes_waiting(PGconn* connection) {
  int count = 0;
  return ioctl(PQsocket(connection), FIONREAD, &count) == 0 ? count : 0;
}

void put_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
}

std::uint64_t postgres_time_now_us() {
  constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;
  return static_cast<std::uint64_t>(wall_us() - postgres_epoch_us);
}

}  // namespace

CopyStream::CopyStream(PGconn* connection, std::vector<int> wakeup_fds)
    : connection_(connection), wakeup_fds_(std::move(wakeup_fds)) {}

CopyStream::~CopyStream() { PQfreemem(buffer_); }

Result<Received> CopyStream::receive(milliseconds wait) {
  bool waited = false;
  while (true) {
    PQfreemem(std::exchange(buffer_, nullptr));
    const int size = PQgetCopyData(connection_, &buffer_, 1);
    if (size > 0) return parse({buffer_, static_cast<std::size_t>(size)});
    if (size < 0) return tl::make_unexpected(ended());
    if (waited) return Quiet{};
    let_socket_fill();
    if (bytes_waiting(connection_) == 0) {
      const auto woken = wait_for_data(wait);
      if (woken != Woken::by_data) return Quiet{};
      waited = true;
    }
    if (auto read = read_socket(); !read) return tl::make_unexpected(read.error());
  }
}

CopyStream::Woken CopyStream::wait_for_data(milliseconds wait) {
  std::array<pollfd, 5> entries{};
  std::size_t count = 0;
  entries[count++] = {PQsocket(connection_),
                      static_cast<short>(output_waits_ ? POLLIN | POLLOUT : POLLIN), 0};
  for (const int fd : wakeup_fds_) {
    if (count < entries.size()) entries[count++] = {fd, POLLIN, 0};
  }
  const int ready = poll(entries.data(), count, static_cast<int>(wait.count()));
  if (ready <= 0) return Woken::by_time;
  return entries[0].revents != 0 ? Woken::by_data : Woken::by_caller;
}

void CopyStream::let_socket_fill() {
  if (backlog_ && bytes_waiting(connection_) < socket_fill_bytes) nanosleep(&fill_pause, nullptr);
}

void CopyStream::note_rate(int bytes) {
  bytes_measured_ += bytes;
  const auto now = std::chrono::steady_clock::now();
  const auto measured = now - measured_since_;
  if (measured < backlog_window) return;
  backlog_ = bytes_measured_ >= backlog_bytes * (measured / backlog_window);
  measured_since_ = now;
  bytes_measured_ = 0;
}

Result<void> CopyStream::read_socket() {
  int taken = 0;
  int waiting = bytes_waiting(connection_);
  do {
    taken += waiting;
    if (PQconsumeInput(connection_) == 0)
      return tl::make_unexpected(connection_error(connection_, "read from PostgreSQL"));
    waiting = bytes_waiting(connection_);
  } while (waiting > 0 && taken < read_bytes_max);
  note_rate(taken);
  // PQconsumeInput has also sent what it could.
  output_waits_ = PQflush(connection_) == 1;
  return {};
}

Result<Received> CopyStream::parse(std::string_view message) {
  WireReader wire(message.substr(1));
  if (message.front() == 'w') {
    WalData data;
    data.wal_start = Lsn{wire.u64("xlogdata.wal_start")};
    data.wal_end = Lsn{wire.u64("xlogdata.wal_end")};
    wire.u64("xlogdata.send_time");
    data.payload = wire.bytes(wire.left(), "xlogdata.payload");
    if (!wire.failed()) return data;
  } else if (message.front() == 'k') {
    Keepalive keepalive;
    keepalive.wal_end = Lsn{wire.u64("keepalive.wal_end")};
    wire.u64("keepalive.send_time");
    keepalive.reply_requested = wire.u8("keepalive.reply_requested") != 0;
    if (!wire.failed() && wire.at_end()) return keepalive;
  } else {
    return tl::make_unexpected(Error{ErrorKind::unknown_message,
                                     fmt::format("replication message type 0x{:02x} is not known",
                                                 static_cast<unsigned char>(message.front())),
                                     {}});
  }
  return tl::make_unexpected(Error{
      ErrorKind::malformed, wire.failed() ? wire.problem() : "keepalive: bytes are left over", {}});
}

// The server has left COPY mode, or the connection is gone.
Error CopyStream::ended() {
  const ResultPtr result(PQgetResult(connection_));
  if (result && PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
    return error_of(result.get(), "stream");
  if (PQstatus(connection_) == CONNECTION_BAD) return connection_error(connection_, "stream");
  return {ErrorKind::connection_failed, "stream: the server ended it (is it shutting down?)", {}};
}

// Write, flush and apply positions are one: nothing is done in between.
Result<void> CopyStream::send_feedback(Lsn flushed, bool reply_requested) {
  std::string message = "r";
  for (int position = 0; position < 3; ++position) put_u64(message, flushed.value());
  put_u64(message, postgres_time_now_us());
  message += reply_requested ? '\1' : '\0';
  const int queued = PQputCopyData(connection_, message.data(), static_cast<int>(message.size()));
  if (queued < 0) return tl::make_unexpected(connection_error(connection_, "send feedback"));
  // 0: libpq's buffer is full, as the socket takes nothing. The next one says as much and more.
  const int flushing = PQflush(connection_);
  if (flushing < 0) return tl::make_unexpected(connection_error(connection_, "send feedback"));
  output_waits_ = flushing == 1;
  return {};
}

Result<void> CopyStream::stop(milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  PQputCopyEnd(connection_, nullptr);
  while (PQflush(connection_) == 1) wait_for_socket(connection_, true, milliseconds(10));
  while (true) {
    PQfreemem(std::exchange(buffer_, nullptr));
    const int size = PQgetCopyData(connection_, &buffer_, 1);
    if (size < 0) break;
    if (size > 0) continue;  // sent before the server read our end
    if (std::chrono::steady_clock::now() >= deadline) {
      return tl::make_unexpected(
          Error{ErrorKind::connection_failed, "stop streaming: no answer in time", {}});
    }
    wait_for_socket(connection_, false, milliseconds(100));
    if (PQconsumeInput(connection_) == 0)
      return tl::make_unexpected(connection_error(connection_, "stop streaming"));
  }
  while (const ResultPtr result{PQgetResult(connection_)}) {
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
      return tl::make_unexpected(error_of(result.get(), "stop streaming"));
  }
  return {};
}

}  // namespace wakestream::cdc
