// Brings the private events to one consumer: in order for each account, each with what policy lets
// it see at that moment, whatever fails, and all of it on record.
//
// One thread a consumer, the caller's. What happens to events is decided by lanes.h, what may be
// disclosed by attempt_judge.h; this is the loop around them, one of the roles that read
// (roles/reading/reading_role.h).
//
//   read events  ->  which may be tried now?  ->  what may they disclose?
//   commit what came of the last attempts, and what is about to be attempted, in one transaction
//   send  ->  take outcomes  ->  again
//
// A consumer that has a topic of its own in the log gets its records in that very transaction:
// there is nothing to send, and it has each event exactly once.
//
// So nothing is sent that is not on record, and after a crash only what was under way is sent
// again, under the same id: whatever had ended by then is on record too.
//
// A commit also proves that nobody has taken over: fencing would have refused it. What it put on
// record begins soon behind it, or not at all (`begin_within`): a process that stood still in
// between does not send what is another's by now.
//
// MEMORY holds the window of lanes.h, and the page cache of what waits (lane_store_file.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "emitters/emitter.h"
#include "log/event_log.h"
#include "roles/capture/action.h"
#include "roles/deliver/accounts_now.h"
#include "roles/deliver/attempt_judge.h"
#include "roles/deliver/deliver_facts.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/replay_schedule.h"
#include "roles/deliver/topics.h"
#include "roles/reading/course.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

struct DeliverOptions {
  std::string pipeline;
  std::string consumer;
  std::string incarnation;
  std::int32_t event_partition_count = 1;
  reading::Share share;  // of the consumer's partitions (shares.h)
  bool may_create_topics = true;
  // A consumer that nothing is known of begins at the events' end; else with all that are kept.
  bool from_latest = false;
  std::string topic;  // of the consumer's own; empty: it is reached by an emitter
  LaneSettings lanes;
  std::optional<ReplaySettings> replay;  // by a schedule
  // An attempt begins so long behind the beginning of a commit that succeeded, at most. Less than
  // anybody waits before they take over without being told to: a standby (course.h), the group
  // (shares.h).
  log::Milliseconds begin_within{20'000};
  std::size_t store_memory_bytes = std::size_t{16} << 20U;
  reading::Course::Settings course;
  std::function<void(const capture::action::Say&)> say;
  std::function<void(const DeliverFacts&)> watch;  // about once a second; may be empty
  // Asked a few times a second.
  std::function<bool()> stop_requested;
};

// Runs until stopped or refused. The exit code: 0 as asked, 1 refused (the reason has been said).
// `accounts` is null where the pipeline keeps no context, `emitter` where there is a topic.
int run_deliver(log::EventLog& event_log, const AttemptJudge& judge, AccountsNow* accounts,
                emitters::Emitter* emitter, DeliverOptions options);

}  // namespace wakestream::deliver
