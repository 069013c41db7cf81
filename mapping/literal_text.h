// A quoted literal of a type whose values are texts to us: what PostgreSQL would write for it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mapping/type.h"

namespace wakestream::mapping {

// Numbers, dates, timestamps and uuids. The message says what to write instead; forms that hang on
// DateStyle or TimeZone are refused.
tl::expected<std::string, std::string> read_literal(const Type& type, std::string_view text);

}  // namespace wakestream::mapping
