#include "mapping/padding_functions.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mapping/text_characters.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

// The text over and over until there are so many bytes: whole characters, since the caller counted
// them.
char* fill(std::string_view with, std::size_t bytes, char* out) {
  while (bytes > 0) {
    const auto part = with.substr(0, bytes);
    out = std::copy(part.begin(), part.end(), out);
    bytes -= part.size();
  }
  return out;
}

// To that many characters, on the side that `left` says; a longer text loses its end.
Value padded(Args args, bool left, TextArena& arena) {
  const auto text = args[0].text;
  const auto with = args.size() > 2 ? args[2].text : " ";
  const auto wanted = std::max<std::int64_t>(args[1].number, 0);
  const auto given = character_count(text);
  if (wanted <= given) return Value::of_text(text.substr(0, character_offset(text, wanted)));
  if (with.empty()) return args[0];
  const auto missing = wanted - given;
  // Every character has a byte, so this many bytes are too many whatever they are.
  if (missing > static_cast<std::int64_t>(made_text_bytes_max))
    return Value::failure(Problem::text_too_long);
  const auto in_with = character_count(with);
  const auto bytes = static_cast<std::size_t>(missing / in_with) * with.size() +
                     character_offset(with, missing % in_with);
  if (bytes + text.size() > std::max(made_text_bytes_max, text.size()))
    return Value::failure(Problem::text_too_long);
  auto* const start = arena.allocate(text.size() + bytes);
  auto* out = start;
  if (!left) out = std::copy(text.begin(), text.end(), out);
  out = fill(with, bytes, out);
  if (left) std::copy(text.begin(), text.end(), out);
  return Value::of_text({start, text.size() + bytes});
}

Value lpad(Args args, TextArena& arena) { return padded(args, true, arena); }
Value rpad(Args args, TextArena& arena) { return padded(args, false, arena); }

Value repeat(Args args, TextArena& arena) {
  const auto text = args[0].text;
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(args[1].number, 0));
  if (text.empty() || count == 0) return Value::of_text({});
  if (count > made_text_bytes_max / text.size()) return Value::failure(Problem::text_too_long);
  auto* out = arena.allocate(text.size() * count);
  fill(text, text.size() * count, out);
  return Value::of_text({out, text.size() * count});
}

constexpr std::array functions{
    Function{"lpad", "text,integer", "text", lpad, true},
    Function{"lpad", "text,integer,text", "text", lpad, true},
    Function{"rpad", "text,integer", "text", rpad, true},
    Function{"rpad", "text,integer,text", "text", rpad, true},
    Function{"repeat", "text,integer", "text", repeat, true},
};

}  // namespace

std::span<const Function> padding_functions() { return functions; }

}  // namespace wakestream::mapping
