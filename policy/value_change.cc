#include "policy/value_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "mapping/json_text.h"

namespace wakestream::policy {

namespace {

std::string quoted(std::string_view text) {
  std::string json;
  mapping::append_json_string(text, json);
  return json;
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

// The first or the last characters; all of them when there are no more.
std::string_view first_characters(std::string_view text, std::size_t count) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (begins_character(text[at]) && count-- == 0) return text.substr(0, at);
  return text;
}

std::string_view last_characters(std::string_view text, std::size_t count) {
  auto begin = text.size();
  while (count > 0 && begin > 0)
    if (begins_character(text[--begin])) --count;
  return text.substr(begin);
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

// Stars in place of what is hidden, always as many: its length says nothing. What would be shown of
// a short value is most of it, and so nothing is.
std::string masked(std::string_view text, std::size_t keep_last) {
  const bool is_long = character_count(text) >= keep_last * 2;
  return "***" + std::string(is_long ? last_characters(text, keep_last) : std::string_view());
}

std::string spelled(Spelling spelling, std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const bool is_blank = letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
    if (spelling == Spelling::as_it_is) {
      out += letter;
    } else if (spelling == Spelling::email) {
      if (!is_blank)
        out += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    } else if (is_digit(letter) || (letter == '+' && out.empty())) {
      out += letter;
    }
  }
  return out;
}

// "2026-03", "2026-03-01", "2026-03-01T10:00:00Z": what begins like a date.
bool begins_as_date(std::string_view text) {
  if (text.size() < 7 || text[4] != '-') return false;
  for (const auto at : {0U, 1U, 2U, 3U, 5U, 6U})
    if (!is_digit(text[at])) return false;
  return text.size() == 7 || text[7] == '-';
}

std::optional<std::string> bucket(std::string_view digits, std::int64_t width) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc{} || stop != digits.end()) return std::nullopt;
  const auto over = number % width;
  const auto low = over < 0 ? over + width : over;
  if (number < INT64_MIN + low) return std::nullopt;
  return fmt::format("{}", number - low);
}

std::optional<std::string> some_members(const Transform& transform, std::string_view raw) {
  if (!raw.starts_with('{')) return std::nullopt;
  std::string object = "{";
  for (const auto& name : transform.members) {
    const auto key = quoted(name);
    const auto found = mapping::json_member(raw, key);
    if (found.outcome == mapping::JsonFound::Outcome::malformed) return std::nullopt;
    if (found.outcome == mapping::JsonFound::Outcome::absent) continue;
    object += fmt::format("{}{}:{}", object.size() == 1 ? "" : ",", key, found.value);
  }
  return object + "}";
}

std::optional<std::string> generalized(const Transform& transform, const JsonPiece& value) {
  const auto& text = value.text;
  if (transform.to == Generalization::members)
    return value.kind == ValueKind::structure ? some_members(transform, value.raw) : std::nullopt;
  if (transform.to == Generalization::bucket)
    return value.kind == ValueKind::number ? bucket(value.raw, transform.size) : std::nullopt;
  if (value.kind != ValueKind::text) return std::nullopt;
  if (transform.to == Generalization::prefix) return quoted(first_characters(text, transform.size));
  if (transform.to == Generalization::email_domain) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return std::nullopt;
    return quoted(text.substr(at + 1));
  }
  if (!begins_as_date(text)) return std::nullopt;
  return quoted(text.substr(0, transform.to == Generalization::year ? 4 : 7));
}

}  // namespace

std::optional<std::string> changed(const Transform& transform, const JsonPiece& value,
                                   const KeyRing& keys) {
  if (value.kind == ValueKind::null) return "null";
  const auto plain = value.kind == ValueKind::text ? value.text : value.raw;
  switch (transform.action) {
    case Action::generalize:
      return generalized(transform, value);
    case Action::mask:
      return quoted(masked(plain, value.kind == ValueKind::structure ? 0 : transform.keep_last));
    case Action::tokenize:
      // OpenSSL encrypts nothing of no length, and the token of an empty text would tell what it
      // is.
      if (plain.empty()) return std::nullopt;
      return quoted(keys.token(transform.key, plain));
    case Action::hmac:
      return quoted(keys.hmac(transform.key, spelled(transform.spelling, plain)));
    default:
      return std::nullopt;
  }
}

}  // namespace wakestream::policy
