// Brings a store up to the end of the log's context topic.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "context/account_store.h"
#include "log/event_log.h"

namespace wakestream::context {

// One read of a topic from where the store stands. Not thread-safe.
class TopicFollower {
 public:
  // `event_log` and `store` outlive it.
  TopicFollower(log::EventLog& event_log, std::string topic, AccountStore& store)
      : log_(event_log), topic_(std::move(topic)), store_(store) {}

  // Takes what was committed until now, or a part of it. True: everything was taken that was
  // committed when this looked. A store that is ahead of the topic is of another one, and made
  // anew.
  log::Result<bool> step(log::Milliseconds wait);

 private:
  log::Result<void> open();

  log::EventLog& log_;
  std::string topic_;
  AccountStore& store_;
  std::unique_ptr<log::Reader> reader_;
};

// To the end. `goes_on` is asked now and then; false: give up, as if the log did not answer. An
// error of kind unreachable when nothing comes for `deadline`.
log::Result<void> catch_up(log::EventLog& event_log, const std::string& topic, AccountStore& store,
                           log::Milliseconds deadline, const std::function<bool()>& goes_on);

}  // namespace wakestream::context
