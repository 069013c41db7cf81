// "Is it email?" for a name that nobody knows.
#pragma once

#include <span>
#include <string_view>

namespace wakestream::mapping {

// The name with the fewest letters to change, if they are few; else empty.
std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace wakestream::mapping
