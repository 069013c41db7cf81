// A day, as the policy's file and the command line write it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wakestream::policy {

// "2026-01-01", from 1970 on.
std::optional<std::chrono::sys_days> parse_day(std::string_view text);

}  // namespace wakestream::policy
