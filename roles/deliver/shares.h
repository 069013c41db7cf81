// A consumer whose partitions are shared by several instances: this instance's part of it.
//
// Share s of N has the event partitions p with p % N == s. All instances join a group of the log
// (log/membership.h), which gives each share to one of them; each share that is given runs on a
// thread of its own, until it is taken: then it stops in good order (what is under way ends, and is
// on record), and only when it has is it released for another instance. Where an instance dies its
// shares are given to others after some seconds.
//
// The group only says who is to do what. That two never do the same hangs on fencing: a share's
// writer is one by name, and whoever opens it ends the days of an older holder (share_division.h
// for those of another division).
//
// Runs on the caller's thread, which waits.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "log/event_log.h"
#include "roles/capture/action.h"
#include "roles/reading/course.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

// For DeliverOptions::begin_within. The group gives a share away after
// MembershipOptions::silence_max (six seconds), of which a member that commits may have been silent
// for one and a half.
inline constexpr log::Milliseconds share_begins_within{4'000};

struct SharesOptions {
  std::string pipeline;
  std::string consumer;
  std::string incarnation;
  std::int32_t share_count = 2;
  std::int32_t event_partition_count = 2;
  bool may_create_topics = true;
  std::string topic;  // of the consumer's own; empty: none
  reading::Course::Settings course;
  std::function<void(const capture::action::Say&)> say;
  // Asked a few times a second.
  std::function<bool()> stop_requested;
};

// Delivers one share until it is to stop or is refused; called on threads of this function's, each
// share on one at a time. The exit code, as of run_deliver.
using DeliverShare =
    std::function<int(reading::Share, const std::function<bool()>& stop_requested)>;

// Runs until stopped, or until a share is refused. The exit code: 0 as asked, 1 refused (the reason
// has been said).
int run_shares(log::EventLog& event_log, const DeliverShare& deliver_share, SharesOptions options);

}  // namespace wakestream::deliver
