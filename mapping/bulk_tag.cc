#include "mapping/bulk_tag.h"

#include <algorithm>
#include <cctype>

#include "mapping/pii_tag.h"
#include "mapping/sql_token.h"

namespace wakestream::mapping {

bool looks_like_bulk(std::string_view text) {
  const auto word = bulk_prefix.substr(0, bulk_prefix.size() - 1);
  const auto first = text.substr(0, word.size());
  const bool same = std::ranges::equal(first, word, [](char left, char right) {
    return std::tolower(static_cast<unsigned char>(left)) == right;
  });
  if (!same) return false;
  const auto next = text.find_first_not_of(" \t", word.size());
  return next != std::string_view::npos && text[next] == ':';
}

std::string_view bulk_condition(std::string_view text) {
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const auto next = text.find_first_not_of(" \t\r", end + 1);
    const bool is_empty = next != std::string_view::npos && text[next] == '\n';
    const auto condition = text.substr(0, end);
    if (is_empty && (trimmed(condition).empty() || !sql_tokens(condition).empty()))
      return condition;
  }
  return text;
}

}  // namespace wakestream::mapping
