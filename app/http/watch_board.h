// Where the capture loop leaves its facts, and where whoever serves or prints them finds them.
//
// Thread-safe. Leaving facts takes a lock for the time of a swap; nobody holds it longer.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "roles/capture/capture_facts.h"

namespace wakestream::app {

class WatchBoard {
 public:
  void leave(capture::CaptureFacts facts) {
    const std::lock_guard lock(mutex_);
    std::swap(facts_, facts);
  }
  capture::CaptureFacts facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
  }

  void add_removed(std::uint64_t records) { removed_records_ += records; }
  // Records that retention removed from the event log.
  std::uint64_t removed_records() const { return removed_records_; }

 private:
  std::atomic<std::uint64_t> removed_records_ = 0;
  mutable std::mutex mutex_;
  capture::CaptureFacts facts_;
};

}  // namespace wakestream::app
