// The topics of a pipeline that capture writes, and the one that it takes commands from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/event_log.h"

namespace wakestream::capture {

struct Topics {
  explicit Topics(const std::string& pipeline)
      : events("wakestream." + pipeline + ".events"),
        checkpoint("wakestream." + pipeline + ".checkpoint"),
        quarantine("wakestream." + pipeline + ".quarantine"),
        control("wakestream." + pipeline + ".control"),
        decisions("wakestream." + pipeline + ".decisions"),
        context("wakestream." + pipeline + ".context"),
        deletions("wakestream." + pipeline + ".deletions") {}

  // Those of accounts only where there is a context.
  std::vector<log::TopicSpec> specs(std::int32_t event_partition_count,
                                    bool with_context = false) const {
    std::vector<log::TopicSpec> specs{
        {events, "capture", event_partition_count, log::Cleanup::by_age},
        {checkpoint, "capture", 1, log::Cleanup::compact},
        {quarantine, "capture", 1, log::Cleanup::by_age},
        {decisions, "capture", 1, log::Cleanup::by_age},
        control_spec()};
    if (with_context) {
      specs.push_back({context, "capture", event_partition_count, log::Cleanup::compact});
      specs.push_back({deletions, "capture", 1, log::Cleanup::compact});
    }
    return specs;
  }

  // Commands are written by whoever gives one, with a writer of its own.
  log::TopicSpec control_spec() const { return {control, "control", 1, log::Cleanup::by_age}; }

  std::string events;
  std::string checkpoint;
  std::string quarantine;
  std::string control;    // what capture is asked to do
  std::string decisions;  // what came of it, in the log transaction that did it
  std::string context;    // of each account, partitioned as events are
  std::string deletions;  // what stays of deleted accounts. One partition, so that it says nothing
                          // of their ids
};

}  // namespace wakestream::capture
