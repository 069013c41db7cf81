#include "mapping/sql_name.h"

#include <algorithm>

#include "mapping/sql_token.h"

namespace wakestream::mapping {

namespace {

std::string in_quotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char letter : text) {
    if (letter == quote) quoted += quote;
    quoted += letter;
  }
  quoted += quote;
  return quoted;
}

}  // namespace

std::string quoted_name(std::string_view name, bool stands_first) {
  const bool plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                     std::all_of(name.begin(), name.end(), [](char letter) {
                       return (letter >= 'a' && letter <= 'z') ||
                              (letter >= '0' && letter <= '9') || letter == '_';
                     });
  if (plain && !(stands_first && is_key_word(name))) return std::string(name);
  return in_quotes(name, '"');
}

std::string quoted_table(std::string_view schema, std::string_view table) {
  return quoted_name(schema, true) + '.' + quoted_name(table);
}

std::string quoted_text(std::string_view text) { return in_quotes(text, '\''); }

}  // namespace wakestream::mapping
