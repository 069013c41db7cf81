#include "mapping/yaml_scalar.h"

#include <algorithm>
#include <optional>

namespace wakestream::mapping {

namespace {

bool is_blank(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
}

// Walks a scalar's source beside its value: blanks may differ (folding, indentation), all other
// characters come in the same order, apart from what quotes need.
class Walk {
 public:
  Walk(std::string_view source, std::size_t start) : source_(source), at_(start) {
    const char first = at_ < source_.size() ? source_[at_] : ' ';
    if (first == '|' || first == '>') at_ = std::min(source_.find('\n', at_), source_.size());
    if (first == '"' || first == '\'') {
      quote_ = first;
      ++at_;
    }
  }

  // Where this byte of the value stands; none: the source is written in a way that is not followed.
  std::optional<std::size_t> next(char letter) {
    if (is_blank(letter)) return std::min(at_, source_.size());
    skip_blanks();
    if (quote_ == '"' && at() == '\\') {
      ++at_;
      if (is_blank(at())) skip_blanks();
    }
    if (at() != letter) return std::nullopt;
    const auto found = at_++;
    if (quote_ == '\'' && letter == '\'') ++at_;
    return found;
  }

 private:
  char at() const { return at_ < source_.size() ? source_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < source_.size() && is_blank(source_[at_])) ++at_;
  }

  std::string_view source_;
  std::size_t at_;
  char quote_ = 0;
};

}  // namespace

Place YamlText::place(const YAML::Mark& mark) const {
  if (mark.is_null()) return {};
  return lines_.place(static_cast<std::size_t>(mark.pos));
}

PlacedText YamlText::scalar(const YAML::Node& node) const {
  PlacedText placed{node.Scalar(), {}};
  const auto mark = node.Mark();
  if (mark.is_null()) return placed;
  Walk walk(text_, static_cast<std::size_t>(mark.pos));
  for (const char letter : placed.text) {
    const auto offset = walk.next(letter);
    if (!offset) {
      placed.places = {place(mark)};
      return placed;
    }
    placed.places.push_back(lines_.place(*offset));
  }
  return placed;
}

}  // namespace wakestream::mapping
