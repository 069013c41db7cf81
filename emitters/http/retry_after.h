// The header Retry-After (RFC 9110): seconds, or a date.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace wakestream::emitters {

// A receiver cannot stop a consumer for longer than this.
inline constexpr std::chrono::seconds retry_after_max = std::chrono::days{1};

// Nothing when it is neither; a date that is over is 0.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text,
                                                      std::chrono::sys_seconds now);

}  // namespace wakestream::emitters
