// What is known of accounts now, for all consumers of a process: the log's context topic, followed.
//
// An event was recorded with the consent of that moment; it may wait for hours. So each attempt
// asks here what the account's consent is now, and whether there still is such an account.
// `refresh` first, then ask: the answer holds what was committed when `refresh` was called.
//
// Any number of threads: one works at a time, and what one of them refreshed serves all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "cdc/lsn.h"
#include "context/account_store.h"
#include "context/catch_up.h"
#include "log/event_log.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::deliver {

struct AccountNow {
  bool gone = false;                        // there is no such account (any more)
  std::optional<std::string> consent_json;  // nothing: the database says NULL
  std::string as_of;                        // LSN of what is known; empty when it is gone
};

class AccountsNow {
 public:
  // `event_log` outlives it.
  AccountsNow(log::EventLog& event_log, std::string pipeline, context::StoreOptions store);
  ~AccountsNow();

  // ErrorKind::topic_missing: capture has not made the context yet; unreachable: it is not filled
  // yet, or was not read in time.
  log::Result<void> refresh(log::Milliseconds deadline, const std::function<bool()>& goes_on);
  log::Result<AccountNow> find(std::string_view account);

 private:
  log::Result<capture::Checkpoint> filled_checkpoint(log::Milliseconds deadline);
  log::Result<void> open(log::Milliseconds deadline, const std::function<bool()>& goes_on);

  log::EventLog& log_;
  const std::string pipeline_;
  const context::StoreOptions options_;
  std::mutex mutex_;
  std::unique_ptr<context::AccountStore> store_;
  std::unique_ptr<context::TopicFollower> follower_;
};

}  // namespace wakestream::deliver
