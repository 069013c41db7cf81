// An array's text form as JSON: {a,"b c",NULL} -> ["a","b c",null]. Bounds other than 1 are left
// out, as to_jsonb does.
//
// Source: PostgreSQL documentation, "Arrays", "Array Input and Output Syntax".
#pragma once

#include <string>
#include <string_view>

#include "mapping/type.h"

namespace wakestream::mapping {

// Returns false when the text is no array of that element type.
bool append_json_array(const Type& element, std::string_view text_form, std::string& out);

}  // namespace wakestream::mapping
