#include "mapping/sql_parts.h"

#include <algorithm>
#include <span>

namespace wakestream::mapping {

std::size_t SqlParts::first_at(std::size_t offset) const {
  const auto found = std::find_if(tokens_.begin(), tokens_.end(),
                                  [&](const SqlToken& token) { return token.start >= offset; });
  return static_cast<std::size_t>(found - tokens_.begin());
}

std::string SqlParts::item(std::size_t start, std::size_t end, bool named) const {
  const auto first = first_at(start);
  auto behind = first_at(end);
  if (behind > first) --behind;  // the comma, or FROM
  if (named && behind > first) {
    --behind;
    if (behind > first && is_word(statement_, tokens_[behind - 1], "AS")) --behind;
  }
  return joined(statement_, std::span(tokens_).subspan(first, behind - first));
}

std::string SqlParts::condition(std::size_t table) const {
  for (auto index = first_at(table); index < tokens_.size(); ++index)
    if (is_word(statement_, tokens_[index], "WHERE"))
      return joined(statement_, std::span(tokens_).subspan(index + 1));
  return {};
}

std::vector<std::string> joined_by(std::string_view word, std::string_view condition) {
  const auto tokens = sql_tokens(condition);
  std::vector<std::string> parts;
  std::size_t first = 0;
  int depth = 0;
  int open_betweens = 0;  // each takes the next AND of its depth
  for (std::size_t index = 0; index < tokens.size(); ++index) {
    const auto is = [&](std::string_view one) { return is_word(condition, tokens[index], one); };
    if (is("(") || is("[") || is("CASE")) ++depth;
    if (is(")") || is("]") || is("END")) --depth;
    if (depth > 0) continue;
    if (is("BETWEEN")) ++open_betweens;
    if (is("AND") && open_betweens > 0) {
      --open_betweens;
      continue;
    }
    if (!is(word)) continue;
    parts.push_back(joined(condition, std::span(tokens).subspan(first, index - first)));
    first = index + 1;
  }
  parts.push_back(joined(condition, std::span(tokens).subspan(first)));
  return parts;
}

}  // namespace wakestream::mapping
