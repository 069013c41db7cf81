// Any bytes as JSON text: what is cut out of it lies in it, and what is written is JSON again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mapping/json_text.h"
#include "mapping/json_value.h"

using namespace wakestream::mapping;  // NOLINT: a fuzz target

namespace {

void check(bool holds) {
  if (!holds) abort();
}

void check_found(std::string_view text, const JsonFound& found, bool json) {
  if (json) check(found.outcome != JsonFound::Outcome::malformed);
  if (found.outcome != JsonFound::Outcome::found) return;
  check(found.value.data() >= text.data() &&
        found.value.data() + found.value.size() <= text.data() + text.size());
  check(is_json(found.value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool json = is_json(text);
  for (const auto* key : {"\"\"", "\"a\"", "\"b\\\"c\""})
    check_found(text, json_member(text, key), json);
  for (const std::int64_t index : {0L, 1L, -1L, INT64_MAX, INT64_MIN})
    check_found(text, json_item(text, index), json);

  std::string quoted;
  append_json_string(text, quoted);
  check(is_json(quoted));
  std::string back;
  check(append_unquoted(quoted, back) && back == text);
  std::string out;
  append_unquoted(text, out);

  if (json) {
    std::string compact;
    append_compact(text, compact);
    check(is_json(compact));
  }
  // Every type that has a form of its own: JSON or a refusal.
  for (const std::uint32_t oid : {16U, 23U, 25U, 114U, 701U, 1000U, 1009U, 1022U, 1114U, 1184U,
                                  1185U, 1231U, 1700U, 3802U, 3807U}) {
    std::string written;
    if (append_json(type_of_oid(oid), text, written)) check(is_json(written));
  }
  return 0;
}
