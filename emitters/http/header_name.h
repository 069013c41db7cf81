// Names of HTTP headers.
#pragma once

#include <string_view>

namespace wakestream::emitters {

// In upper and lower case they are the same (RFC 9110).
bool same_header(std::string_view one, std::string_view other);

// A name of a header that a recipe may set.
bool is_header_name(std::string_view name);

}  // namespace wakestream::emitters
