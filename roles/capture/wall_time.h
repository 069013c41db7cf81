// The wall clock, and its times as records show them: "2026-07-01T12:00:00.000000Z", microseconds
// since the Unix epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cdc/wall_time.h"
#include "roles/capture/input.h"

namespace wakestream::capture {

using cdc::wall_ms;
Time time_now();

std::string rfc3339(std::int64_t unix_time_us);
// Reads only what rfc3339() writes.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace wakestream::capture
