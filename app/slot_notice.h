// Says how much WAL PostgreSQL keeps for the slot while the capture role does not stream: the log
// is away, or whatever else it waits for. First after ten seconds, then whenever it has doubled.
//
// Asks on a thread and a connection of its own, which it has only for the question: a server that
// is to shut down finds nobody. Not said while another instance reads the slot.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/logging.h"
#include "cdc/session/source_facts.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

class SlotNotice {
 public:
  struct Options {
    cdc::SessionOptions session;
    std::string slot;
    std::int64_t lease_key = 0;
  };

  SlotNotice(Logger& logger, Options options);
  // Ends the thread; it may wait for a question that is on its way.
  ~SlotNotice();
  SlotNotice(const SlotNotice&) = delete;
  SlotNotice& operator=(const SlotNotice&) = delete;

  // Takes no longer than a lock that nobody holds for long.
  void saw(const capture::CaptureFacts& facts);

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  std::optional<cdc::WatchedSlot> ask() const;
  void tell(const cdc::WatchedSlot& slot);

  Logger& logger_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::optional<Clock::time_point> away_since_;
  std::int64_t said_bytes_ = 0;  // of this absence
  std::thread thread_;           // last: it reads what stands above
};

}  // namespace wakestream::app
