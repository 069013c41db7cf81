// Where the capture loop leaves its facts, and where whoever serves or prints them finds them.
//
// Thread-safe. Leaving facts takes a lock for the time of a swap; nobody holds it longer.
#pragma once

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

 private:
  mutable std::mutex mutex_;
  capture::CaptureFacts facts_;
};

}  // namespace wakestream::app
