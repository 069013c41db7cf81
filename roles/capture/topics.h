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
        decisions("wakestream." + pipeline + ".decisions") {}

  std::vector<log::TopicSpec> specs(std::int32_t event_partition_count) const {
    return {{events, "capture", event_partition_count, log::Cleanup::by_age},
            {checkpoint, "capture", 1, log::Cleanup::compact},
            {quarantine, "capture", 1, log::Cleanup::by_age},
            {decisions, "capture", 1, log::Cleanup::by_age},
            control_spec()};
  }

  // Commands are written by whoever gives one, with a writer of its own.
  log::TopicSpec control_spec() const { return {control, "control", 1, log::Cleanup::by_age}; }

  std::string events;
  std::string checkpoint;
  std::string quarantine;
  std::string control;    // what capture is asked to do
  std::string decisions;  // what came of it, in the log transaction that did it
};

}  // namespace wakestream::capture
