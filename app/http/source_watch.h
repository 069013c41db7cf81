// Asks PostgreSQL every few seconds where its log and the pipeline's slot stand, on a thread and a
// connection of its own, and leaves the answers for whoever watches.
//
// Thread-safe. The destructor ends the thread; it may wait for a question that is on its way.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/http/feed.h"

namespace wakestream::app {

class SourceWatch {
 public:
  struct Options {
    cdc::SessionOptions session;
    std::string slot;
    std::int64_t lease_key = 0;
    std::chrono::milliseconds pause{5'000};
  };

  explicit SourceWatch(Options options);
  ~SourceWatch();
  SourceWatch(const SourceWatch&) = delete;
  SourceWatch& operator=(const SourceWatch&) = delete;

  SourceView view() const;

 private:
  void run();
  void ask(std::unique_ptr<cdc::SourceReader>& reader);

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ends_changed_;
  bool ends_ = false;
  SourceView view_;
  std::thread thread_;  // last: it reads what stands above
};

}  // namespace wakestream::app
