// SQL text as PostgreSQL's own scanner sees it: where its words begin and end. For handing a rule's
// parts on as they were written.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::mapping {

struct SqlToken {
  std::size_t start = 0;  // bytes in the text
  std::size_t end = 0;
};

// Without comments. Empty when the text cannot be scanned.
std::vector<SqlToken> sql_tokens(std::string_view text);

// Is this token that word, unquoted, in whatever case? `word` is in upper case.
bool is_word(std::string_view text, const SqlToken& token, std::string_view word);

// These tokens on one line: one blank where there was anything between them. (A literal that holds
// a line break keeps it.)
std::string joined(std::string_view text, std::span<const SqlToken> tokens);

// Is this one word that PostgreSQL's grammar has a meaning for, or no one word at all?
bool is_key_word(std::string_view name);

}  // namespace wakestream::mapping
