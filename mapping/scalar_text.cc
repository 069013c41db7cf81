#include "mapping/scalar_text.h"

#include <algorithm>
#include <charconv>

#include "mapping/type.h"

namespace wakestream::mapping {

namespace {

// isspace in the C locale.
constexpr std::string_view white_space = " \t\n\v\f\r";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view without_white_space(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) + 1 - first);
}

// Is `text`, in any case, a prefix of `word` with at least `length_min` letters?
bool is_prefix(std::string_view text, std::string_view word, std::size_t length_min) {
  if (text.size() < length_min || text.size() > word.size()) return false;
  return std::equal(text.begin(), text.end(), word.begin(),
                    [](char letter, char wanted) { return lower(letter) == wanted; });
}

template <class Float>
std::optional<double> read_as(std::string_view text) {
  Float value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

IntegerRead read_integer(std::string_view text, const Type& type) {
  auto digits = without_white_space(text);
  const bool plus = digits.starts_with('+');
  if (plus) digits.remove_prefix(1);
  const auto unsigned_digits = digits.starts_with('-') && !plus ? digits.substr(1) : digits;
  const bool only_digits = !unsigned_digits.empty() &&
                           std::all_of(unsigned_digits.begin(), unsigned_digits.end(),
                                       [](char letter) { return letter >= '0' && letter <= '9'; });
  if (!only_digits) return {0, IntegerProblem::not_an_integer};
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || value < type.min || value > type.max)
    return {0, IntegerProblem::out_of_range};
  return {value, IntegerProblem::none};
}

std::optional<double> read_float(std::string_view text, const Type& type) {
  return &type == &types::float4 ? read_as<float>(text) : read_as<double>(text);
}

std::optional<bool> read_boolean(std::string_view text) {
  const auto word = without_white_space(text);
  if (is_prefix(word, "true", 1) || is_prefix(word, "yes", 1) || is_prefix(word, "on", 2) ||
      word == "1")
    return true;
  // "o" alone could be on or off.
  if (is_prefix(word, "false", 1) || is_prefix(word, "no", 1) || is_prefix(word, "off", 2) ||
      word == "0")
    return false;
  return std::nullopt;
}

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view without_trailing_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace wakestream::mapping
