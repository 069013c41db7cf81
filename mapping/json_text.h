// JSON as text: what jsonb's -> and ->> need, and nothing that builds a tree.
//
// jsonb's text form is canonical (keys in one order, one way to write a string), and what -> gives
// is written as it stands there. So an element is a piece of its parent's text, and nothing is
// copied.
//
// All functions are safe on any bytes; recursion is not used, so that depth costs no stack.
//
// Source: RFC 8259; PostgreSQL documentation, "JSON Types", "JSON Functions and Operators".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

// Is the whole text one JSON value? Strings' bytes beyond ASCII are not judged here.
bool is_json(std::string_view text);

struct JsonFound {
  enum class Outcome : std::uint8_t { found, absent, malformed };
  Outcome outcome = Outcome::absent;
  std::string_view value;
};

// The member of an object; `quoted_key` as append_json_string writes it. Absent on anything that is
// no object.
JsonFound json_member(std::string_view text, std::string_view quoted_key);

// An array's item; negative numbers count from the end. A scalar counts as an array of one, as in
// PostgreSQL.
JsonFound json_item(std::string_view text, std::int64_t index);

// How many items an array has; none when the text is no array.
std::optional<std::int64_t> json_item_count(std::string_view text);

// Each item of an array in its order, in one walk; how many there were. None when the text is no
// array: of one that is malformed further on, items may have been given already.
std::optional<std::int64_t> each_json_item(std::string_view text,
                                           const std::function<void(std::string_view)>& take);

// The text in a JSON string, which stands in its quotes. Returns false when it is malformed.
bool append_unquoted(std::string_view quoted, std::string& out);

// A text as a JSON string, with the escapes that PostgreSQL uses.
void append_json_string(std::string_view text, std::string& out);

// The value without the white space between its parts. `text` is JSON.
void append_compact(std::string_view text, std::string& out);

}  // namespace wakestream::mapping
