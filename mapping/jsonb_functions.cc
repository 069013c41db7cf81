#include "mapping/jsonb_functions.h"

#include <array>

#include "mapping/json_text.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

Value type_of(Args args, TextArena&) {
  const auto text = args[0].text;
  if (!is_json(text)) return Value::failure(Problem::malformed_json);
  switch (text.front()) {
    case '{':
      return Value::of_text("object");
    case '[':
      return Value::of_text("array");
    case '"':
      return Value::of_text("string");
    case 't':
    case 'f':
      return Value::of_text("boolean");
    case 'n':
      return Value::of_text("null");
    default:
      return Value::of_text("number");
  }
}

Value array_length(Args args, TextArena&) {
  const auto text = args[0].text;
  if (!is_json(text)) return Value::failure(Problem::malformed_json);
  const auto count = json_item_count(text);
  return count ? Value::of_number(*count) : Value::failure(Problem::no_array);
}

constexpr std::array functions{
    Function{"jsonb_typeof", "jsonb", "text", type_of},
    Function{"jsonb_array_length", "jsonb", "integer", array_length, true},
};

}  // namespace

std::span<const Function> jsonb_functions() { return functions; }

}  // namespace wakestream::mapping
