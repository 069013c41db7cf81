// Members of the JSON objects that the log keeps of accounts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::context {

// The member as it stands there; empty when it is missing.
std::string_view member_of(std::string_view json, std::string_view name);
// Its text; nothing when it is no text.
std::optional<std::string> text_of(std::string_view json, std::string_view name);

}  // namespace wakestream::context
