#include "mapping/yaml_literal.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "mapping/sql_name.h"

namespace wakestream::mapping {

namespace {

bool is_number(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto all_digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (dot == std::string_view::npos) return all_digits(text);
  return all_digits(text.substr(0, dot)) && all_digits(text.substr(dot + 1));
}

}  // namespace

std::optional<std::string> literal_sql(const YAML::Node& node) {
  if (node.IsNull()) return "NULL";
  if (!node.IsScalar()) return std::nullopt;
  const auto& text = node.Scalar();
  const bool plain = node.Tag() == "?";
  if (plain && (text == "true" || text == "false" || is_number(text))) return text;
  return quoted_text(text);
}

bool needs_quotes(std::string_view text) {
  constexpr std::array<std::string_view, 11> words{"true", "false", "yes", "no", "on", "off",
                                                   "null", "y",     "n",   "~",  ""};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (std::find(words.begin(), words.end(), lower) != words.end()) return true;
  // Numbers of every notation, dates and times begin like this.
  return std::string_view("0123456789+-.=<").find(text[0]) != std::string_view::npos;
}

}  // namespace wakestream::mapping
