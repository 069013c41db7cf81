#include "mapping/sql_token.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <algorithm>
#include <memory>

namespace wakestream::mapping {

namespace {

// The scanner's whole answer: comments and key words too.
using Scan = std::unique_ptr<PgQuery__ScanResult, decltype([](PgQuery__ScanResult* scan) {
                               pg_query__scan_result__free_unpacked(scan, nullptr);
                             })>;

Scan scan(std::string_view text) {
  auto result = pg_query_scan(std::string(text).c_str());
  Scan tokens;
  if (result.error == nullptr) {
    tokens.reset(pg_query__scan_result__unpack(
        nullptr, result.pbuf.len, reinterpret_cast<const std::uint8_t*>(result.pbuf.data)));
  }
  pg_query_free_scan_result(result);
  return tokens;
}

char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

}  // namespace

bool is_key_word(std::string_view name) {
  const auto tokens = scan(name);
  return tokens == nullptr || tokens->n_tokens != 1 ||
         tokens->tokens[0]->keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
}

std::vector<SqlToken> sql_tokens(std::string_view text) {
  std::vector<SqlToken> words;
  const auto scanned = scan(text);
  if (scanned == nullptr) return words;
  for (std::size_t index = 0; index < scanned->n_tokens; ++index) {
    const auto& token = *scanned->tokens[index];
    if (token.token == PG_QUERY__TOKEN__SQL_COMMENT || token.token == PG_QUERY__TOKEN__C_COMMENT)
      continue;
    words.push_back({static_cast<std::size_t>(token.start), static_cast<std::size_t>(token.end)});
  }
  return words;
}

bool is_word(std::string_view text, const SqlToken& token, std::string_view word) {
  const auto written = text.substr(token.start, token.end - token.start);
  return std::equal(written.begin(), written.end(), word.begin(), word.end(),
                    [](char left, char right) { return upper(left) == right; });
}

std::string joined(std::string_view text, std::span<const SqlToken> tokens) {
  std::string line;
  for (std::size_t index = 0; index < tokens.size(); ++index) {
    if (index > 0 && tokens[index].start > tokens[index - 1].end) line += ' ';
    line += text.substr(tokens[index].start, tokens[index].end - tokens[index].start);
  }
  return line;
}

}  // namespace wakestream::mapping
