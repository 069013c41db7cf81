// The backend that the configuration names.
#pragma once

#include <memory>

#include "app/config.h"
#include "log/event_log.h"

namespace wakestream::app {

log::Result<std::unique_ptr<log::EventLog>> open_log(const Config& config);

std::int32_t event_partitions(const Config& config);
// May the program make the topics that are missing?
bool may_create_topics(const Config& config);
// The largest record that the log takes.
std::size_t record_bytes_max(const Config& config);

}  // namespace wakestream::app
