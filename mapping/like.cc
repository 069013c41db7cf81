#include "mapping/like.h"

#include "mapping/text_characters.h"

namespace wakestream::mapping {

namespace {

void take(std::string_view& text, std::size_t bytes) { text.remove_prefix(bytes); }
void take_character(std::string_view& text) { take(text, character_bytes(text)); }

// One try from where text and pattern stand. An open escape is an error only where PostgreSQL
// comes upon it.
class Match {
 public:
  Match(std::string_view text, std::string_view pattern) : text_(text), pattern_(pattern) {}

  LikeOutcome run() {
    while (true) {
      const auto step = walk();
      if (step == Step::open_escape) return LikeOutcome::open_escape;
      if (step == Step::matches) return LikeOutcome::matches;
      if (step == Step::hopeless || !may_retry_) return LikeOutcome::differs;
      take_character(retry_text_);
      if (retry_text_.empty()) return LikeOutcome::differs;
      text_ = retry_text_;
      pattern_ = retry_pattern_;
    }
  }

 private:
  // hopeless: the text is too short, from wherever one tries.
  enum class Step : std::uint8_t { matches, differs, hopeless, open_escape };

  Step walk() {
    while (!text_.empty() && !pattern_.empty()) {
      if (pattern_[0] == '%') {
        const auto step = take_wildcards();
        if (step != Step::differs) return step;
        continue;
      }
      if (pattern_[0] == '_') {
        take_character(text_);
        take(pattern_, 1);
        continue;
      }
      if (pattern_[0] == '\\') {
        take(pattern_, 1);
        if (pattern_.empty()) return Step::open_escape;
      }
      if (pattern_[0] != text_[0]) return Step::differs;
      take(text_, 1);
      take(pattern_, 1);
    }
    if (!text_.empty()) return Step::differs;
    return pattern_.find_first_not_of('%') == std::string_view::npos ? Step::matches
                                                                     : Step::hopeless;
  }

  // % and what follows of % and _. Step::differs: go on behind them.
  Step take_wildcards() {
    while (!pattern_.empty() && (pattern_[0] == '%' || pattern_[0] == '_')) {
      if (pattern_[0] == '_') {
        if (text_.empty()) return Step::hopeless;
        take_character(text_);
      }
      take(pattern_, 1);
    }
    if (pattern_.empty()) return Step::matches;
    if (pattern_ == "\\") return Step::open_escape;
    may_retry_ = true;
    retry_text_ = text_;
    retry_pattern_ = pattern_;
    return Step::differs;
  }

  std::string_view text_;
  std::string_view pattern_;
  bool may_retry_ = false;
  // Behind the last %: an earlier one need never be tried again.
  std::string_view retry_text_;
  std::string_view retry_pattern_;
};

}  // namespace

LikeOutcome like(std::string_view text, std::string_view pattern) {
  return Match(text, pattern).run();
}

std::optional<std::string> with_backslash_escape(std::string_view pattern,
                                                 std::string_view escape) {
  if (escape == "\\") return std::string(pattern);
  if (character_bytes(escape) != escape.size()) return std::nullopt;
  std::string out;
  bool after_escape = false;
  while (!pattern.empty()) {
    const auto length = character_bytes(pattern);
    const auto character = pattern.substr(0, length);
    pattern.remove_prefix(length);
    if (!escape.empty() && character == escape && !after_escape) {
      out.push_back('\\');
      after_escape = true;
      continue;
    }
    if (character == "\\" && !after_escape) out.push_back('\\');
    out += character;
    after_escape = false;
  }
  return out;
}

}  // namespace wakestream::mapping
