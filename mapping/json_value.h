// A value's text form as JSON, as PostgreSQL's to_jsonb writes it.
//
// json (not jsonb) keeps its own order of keys and loses only white space. Types outside the
// catalogue become their text form.
//
// Source: PostgreSQL documentation, "JSON Functions and Operators" (to_jsonb); proved against
// PostgreSQL by tests/integration/json_oracle_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "mapping/type.h"
#include "mapping/value.h"

namespace wakestream::mapping {

// Returns false when the text is not of that type; `out` then has a part of it. UTF-8 is not judged
// here.
bool append_json(const Type& type, std::string_view text_form, std::string& out);

// What an expression of that type gave; not a failed one.
bool append_json(const Type& type, const Value& value, std::string& out);

}  // namespace wakestream::mapping
