// Reads a pipeline's private events, and writes what policy leaves of them into the public topics,
// each exactly once: what was read and what is written are one transaction of the log.
//
// One thread, the caller's. What becomes of an event is decided by event_judge.h; this is the loop
// around it, one of the roles that read (roles/reading/reading_role.h).
//
// MEMORY holds one batch: at most `batch_records_max` records, and no more than the log's reader
// hands over at once (4 MiB and a record).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "log/event_log.h"
#include "roles/capture/action.h"
#include "roles/publish/event_judge.h"
#include "roles/reading/course.h"

namespace wakestream::publish {

// Of both the writer's and the group's name; the group is "wakestream.<pipeline>.publish".
inline constexpr const char* writer_name = "publish";

struct PublishOptions {
  std::string pipeline;
  std::string incarnation;
  std::int32_t partition_count = 1;  // of each public topic
  std::chrono::hours retention{7 * 24};
  bool may_create_topics = true;
  std::size_t batch_records_max = 2'000;
  reading::Course::Settings course;
  std::function<void(const capture::action::Say&)> say;
  // Asked a few times a second.
  std::function<bool()> stop_requested;
};

// Runs until stopped or refused. The exit code: 0 as asked, 1 refused (the reason has been said).
int run_publish(log::EventLog& event_log, const EventJudge& judge, const PublicTopics& topics,
                PublishOptions options);

}  // namespace wakestream::publish
