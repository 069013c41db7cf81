#include "mapping/text_equality.h"

#include "mapping/interval.h"
#include "mapping/scalar_text.h"

namespace wakestream::mapping {

namespace {

// A number that PostgreSQL's numeric wrote, without the zeros that only show its scale.
std::string_view without_scale(std::string_view number) {
  if (number.find('.') == std::string_view::npos) return number;
  const auto last = number.find_last_not_of('0');
  return number.substr(0, number[last] == '.' ? last : last + 1);
}

bool equal_floats(std::string_view left, std::string_view right) {
  const auto without_zero_sign = [](std::string_view text) {
    return text == "-0" ? text.substr(1) : text;
  };
  return without_zero_sign(left) == without_zero_sign(right);
}

std::size_t number_length(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789.-");
  return end == std::string_view::npos ? text.size() : end;
}

std::size_t string_length(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// jsonb's text form differs between equal values only in the scale of its numbers.
bool equal_jsonb(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    const auto first = left[0];
    std::size_t left_length = 1;
    std::size_t right_length = 1;
    if (first == '-' || (first >= '0' && first <= '9')) {
      left_length = number_length(left);
      right_length = number_length(right);
      if (right_length == 0) return false;
      if (without_scale(left.substr(0, left_length)) !=
          without_scale(right.substr(0, right_length)))
        return false;
    } else {
      if (first == '"') left_length = right_length = string_length(left);
      if (left.substr(0, left_length) != right.substr(0, right_length)) return false;
    }
    left.remove_prefix(left_length);
    right.remove_prefix(right_length);
  }
  return left.empty() && right.empty();
}

}  // namespace

bool equal_texts(Equality equality, std::string_view left, std::string_view right) {
  if (left == right) return true;
  switch (equality) {
    case Equality::none:
    case Equality::bytes:
    case Equality::number:
      return false;
    case Equality::blanks:
      return without_trailing_blanks(left) == without_trailing_blanks(right);
    case Equality::numeric:
      return without_scale(left) == without_scale(right);
    case Equality::floating:
      return equal_floats(left, right);
    case Equality::interval:
      return compare_intervals(left, right) == 0;
    case Equality::jsonb:
      return equal_jsonb(left, right);
  }
  return false;
}

}  // namespace wakestream::mapping
