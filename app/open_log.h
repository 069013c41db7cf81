// The backend that the configuration names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "log/embedded/embedded_log.h"
#include "log/event_log.h"

namespace wakestream::app {

log::Result<std::unique_ptr<log::EventLog>> open_log(const Config& config);

// For the process that owns the log's writer: an embedded log then keeps to its retention, and says
// what it does.
log::Result<std::unique_ptr<log::EventLog>> open_log_with_retention(
    const Config& config, std::function<void(const log::embedded::RetentionReport&)> tell);

// For the process that publishes: an embedded log then keeps `topics` for the configured time.
log::Result<std::unique_ptr<log::EventLog>> open_public_log(
    const Config& config, const std::vector<std::string>& topics,
    std::function<void(const log::embedded::RetentionReport&)> tell);

// The files of an embedded log; nothing for Kafka, or when there is no folder yet.
std::optional<std::int64_t> log_bytes(const Config& config);

// What the Kafka library that is loaded cannot do of what is asked for, as a sentence; else empty.
std::string library_weakness(const Config& config);

std::int32_t event_partitions(const Config& config);
// May the program make the topics that are missing?
bool may_create_topics(const Config& config);
// The largest record that the log takes.
std::size_t record_bytes_max(const Config& config);

}  // namespace wakestream::app
