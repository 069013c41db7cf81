// The topics that capture writes.
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
        quarantine("wakestream." + pipeline + ".quarantine") {}

  std::vector<log::TopicSpec> specs(std::int32_t event_partition_count) const {
    return {{events, "capture", event_partition_count, log::Cleanup::by_age},
            {checkpoint, "capture", 1, log::Cleanup::compact},
            {quarantine, "capture", 1, log::Cleanup::by_age}};
  }

  std::string events;
  std::string checkpoint;
  std::string quarantine;
};

}  // namespace wakestream::capture
