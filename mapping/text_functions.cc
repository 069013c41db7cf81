#include "mapping/text_functions.h"

#include <algorithm>
#include <array>
#include <limits>

#include "mapping/like.h"
#include "mapping/scalar_text.h"
#include "mapping/text_characters.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

Value of_truth(bool truth) { return Value::of_number(truth ? 1 : 0); }

// The characters from number `first` (from 0) up to, not including, `end`.
std::string_view between(std::string_view text, std::int64_t first, std::int64_t end) {
  const auto start = character_offset(text, first);
  return text.substr(start,
                     character_offset(text.substr(start), end - std::max<std::int64_t>(first, 0)));
}

Value length(Args args, TextArena&) { return Value::of_number(character_count(args[0].text)); }
Value padded_length(Args args, TextArena&) {
  return Value::of_number(character_count(without_trailing_blanks(args[0].text)));
}
Value octet_length(Args args, TextArena&) {
  return Value::of_number(static_cast<std::int64_t>(args[0].text.size()));
}

// In the collation "C" no letter beyond ASCII has a case.
template <char first, char last, int change>
Value change_case(Args args, TextArena& arena) {
  const auto text = args[0].text;
  auto* out = arena.allocate(text.size());
  std::transform(text.begin(), text.end(), out, [](char letter) {
    return letter >= first && letter <= last ? static_cast<char>(letter + change) : letter;
  });
  return Value::of_text({out, text.size()});
}
constexpr auto lower = change_case<'A', 'Z', 'a' - 'A'>;
constexpr auto upper = change_case<'a', 'z', 'A' - 'a'>;

bool holds_character(std::string_view set, std::string_view character) {
  for (; !set.empty(); set.remove_prefix(character_bytes(set)))
    if (set.substr(0, character_bytes(set)) == character) return true;
  return false;
}

std::string_view trimmed_left(std::string_view text, std::string_view set) {
  while (!text.empty() && holds_character(set, text.substr(0, character_bytes(text))))
    text.remove_prefix(character_bytes(text));
  return text;
}

std::string_view trimmed_right(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    auto start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80U) --start;
    if (!holds_character(set, text.substr(start))) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

std::string_view set_of(Args args) { return args.size() > 1 ? args[1].text : " "; }

Value ltrim(Args args, TextArena&) {
  return Value::of_text(trimmed_left(args[0].text, set_of(args)));
}
Value rtrim(Args args, TextArena&) {
  return Value::of_text(trimmed_right(args[0].text, set_of(args)));
}
Value btrim(Args args, TextArena&) {
  return Value::of_text(trimmed_right(trimmed_left(args[0].text, set_of(args)), set_of(args)));
}

// A negative count leaves that many characters out at the other end.
Value left(Args args, TextArena&) {
  const auto count = args[1].number;
  const auto end = count < 0 ? character_count(args[0].text) + count : count;
  return Value::of_text(between(args[0].text, 0, std::max<std::int64_t>(end, 0)));
}
Value right(Args args, TextArena&) {
  const auto count = args[1].number;
  // PostgreSQL negates it in 32 bits, where it stays what it is, and leaves nothing out.
  if (count == std::numeric_limits<std::int32_t>::min()) return args[0];
  const auto start = count < 0 ? -count : character_count(args[0].text) - count;
  return Value::of_text(args[0].text.substr(character_offset(args[0].text, start)));
}

Value substring_from(Args args, TextArena&) {
  return Value::of_text(args[0].text.substr(character_offset(args[0].text, args[1].number - 1)));
}
Value substring_for(Args args, TextArena&) {
  if (args[2].number < 0) return Value::failure(Problem::negative_length);
  const auto start = args[1].number;
  const auto end = start + args[2].number;
  if (end < 1) return Value::of_text({});
  return Value::of_text(between(args[0].text, std::max<std::int64_t>(start, 1) - 1, end - 1));
}

Value replace(Args args, TextArena& arena) {
  auto text = args[0].text;
  const auto from = args[1].text;
  if (from.empty() || text.find(from) == std::string_view::npos) return args[0];
  std::string out;
  for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    out += text.substr(0, at);
    out += args[2].text;
    if (out.size() > std::max(made_text_bytes_max, args[0].text.size()))
      return Value::failure(Problem::text_too_long);
    text.remove_prefix(at + from.size());
  }
  out += text;
  return Value::of_text(arena.keep(out));
}

// Each character of the second text becomes the one of the third at its place, or nothing.
Value translate(Args args, TextArena& arena) {
  std::string out;
  for (auto text = args[0].text; !text.empty(); text.remove_prefix(character_bytes(text))) {
    const auto character = text.substr(0, character_bytes(text));
    auto from = args[1].text;
    auto to = args[2].text;
    while (!from.empty() && from.substr(0, character_bytes(from)) != character) {
      from.remove_prefix(character_bytes(from));
      to.remove_prefix(to.empty() ? 0 : character_bytes(to));
    }
    out += from.empty() ? character : to.substr(0, to.empty() ? 0 : character_bytes(to));
  }
  return Value::of_text(arena.keep(out));
}

Value split_part(Args args, TextArena&) {
  auto text = args[0].text;
  const auto separator = args[1].text;
  auto number = args[2].number;
  if (number == 0) return Value::failure(Problem::zero_position);
  if (separator.empty())
    return Value::of_text(number == 1 || number == -1 ? text : std::string_view{});
  if (number < 0) {
    std::int64_t parts = 1;
    for (auto at = text.find(separator); at != std::string_view::npos;
         at = text.find(separator, at + separator.size()))
      ++parts;
    number += parts + 1;
    if (number < 1) return Value::of_text({});
  }
  for (; number > 1; --number) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return Value::of_text({});
    text.remove_prefix(at + separator.size());
  }
  return Value::of_text(text.substr(0, text.find(separator)));
}

Value strpos(Args args, TextArena&) {
  const auto at = args[0].text.find(args[1].text);
  if (at == std::string_view::npos) return Value::of_number(0);
  return Value::of_number(character_count(args[0].text.substr(0, at)) + 1);
}

Value starts_with(Args args, TextArena&) {
  return of_truth(args[0].text.starts_with(args[1].text));
}

Value reverse(Args args, TextArena& arena) {
  auto text = args[0].text;
  auto* out = arena.allocate(text.size());
  auto end = text.size();
  while (!text.empty()) {
    const auto bytes = character_bytes(text);
    end -= bytes;
    std::copy_n(text.begin(), bytes, out + end);
    text.remove_prefix(bytes);
  }
  return Value::of_text({out, args[0].text.size()});
}

Value matches(Args args, bool wanted) {
  const auto outcome = like(args[0].text, args[1].text);
  if (outcome == LikeOutcome::open_escape) return Value::failure(Problem::open_escape);
  return of_truth((outcome == LikeOutcome::matches) == wanted);
}
Value is_like(Args args, TextArena&) { return matches(args, true); }
Value is_not_like(Args args, TextArena&) { return matches(args, false); }

Value like_escape(Args args, TextArena& arena) {
  const auto pattern = with_backslash_escape(args[0].text, args[1].text);
  return pattern ? Value::of_text(arena.keep(*pattern)) : Value::failure(Problem::long_escape);
}

constexpr std::array functions{
    Function{"length", "text", "integer", length},
    Function{"length", "character", "integer", padded_length},
    Function{"char_length", "text", "integer", length},
    Function{"char_length", "character", "integer", padded_length},
    Function{"character_length", "text", "integer", length},
    Function{"character_length", "character", "integer", padded_length},
    Function{"octet_length", "text", "integer", octet_length},
    Function{"octet_length", "character", "integer", octet_length},
    Function{"lower", "text", "text", lower, false, true},
    Function{"upper", "text", "text", upper, false, true},
    Function{"btrim", "text", "text", btrim},
    Function{"btrim", "text,text", "text", btrim},
    Function{"ltrim", "text", "text", ltrim},
    Function{"ltrim", "text,text", "text", ltrim},
    Function{"rtrim", "text", "text", rtrim},
    Function{"rtrim", "text,text", "text", rtrim},
    Function{"left", "text,integer", "text", left},
    Function{"right", "text,integer", "text", right},
    Function{"substr", "text,integer", "text", substring_from},
    Function{"substr", "text,integer,integer", "text", substring_for, true},
    Function{"substring", "text,integer", "text", substring_from},
    Function{"substring", "text,integer,integer", "text", substring_for, true},
    Function{"substring", "text,text", "text", nullptr},
    Function{"substring", "text,text,text", "text", nullptr},
    Function{"replace", "text,text,text", "text", replace},
    Function{"translate", "text,text,text", "text", translate},
    Function{"split_part", "text,text,integer", "text", split_part, true},
    Function{"strpos", "text,text", "integer", strpos},
    Function{"position", "text,text", "integer", strpos},
    Function{"starts_with", "text,text", "boolean", starts_with},
    Function{"^@", "text,text", "boolean", starts_with},
    Function{"reverse", "text", "text", reverse},
    Function{"~~", "text,text", "boolean", is_like, true},
    Function{"~~", "character,text", "boolean", is_like, true},
    Function{"!~~", "text,text", "boolean", is_not_like, true},
    Function{"!~~", "character,text", "boolean", is_not_like, true},
    Function{"like_escape", "text,text", "text", like_escape, true},
};

}  // namespace

std::span<const Function> text_functions() { return functions; }

}  // namespace wakestream::mapping
