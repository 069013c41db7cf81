#include "mapping/json_value.h"

#include <algorithm>
#include <charconv>

#include "mapping/json_array.h"
#include "mapping/json_text.h"

namespace wakestream::mapping {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

// A sign, digits without a needless zero, and nothing else.
bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() > 1 && text[0] == '0') return false;
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_decimal(std::string_view text) {
  const auto point = text.find('.');
  if (point == std::string_view::npos) return is_integer(text);
  const auto fraction = text.substr(point + 1);
  return is_integer(text.substr(0, point)) && !fraction.empty() &&
         std::all_of(fraction.begin(), fraction.end(), is_digit);
}

bool is_no_number(std::string_view text) {
  return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

bool append_numeric(std::string_view text, std::string& out) {
  if (is_no_number(text)) {
    append_json_string(text, out);
    return true;
  }
  if (!is_decimal(text)) return false;
  out += text;
  return true;
}

// 1.5e-07 -> 0.00000015, 1e+20 -> 100000000000000000000, -0 -> 0: what numeric makes of a float's
// text form.
bool append_floating(std::string_view text, std::string& out) {
  const auto mark = text.find('e');
  if (mark == std::string_view::npos) return append_numeric(text == "-0" ? "0" : text, out);
  auto mantissa = text.substr(0, mark);
  auto exponent_text = text.substr(mark + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  int exponent = 0;
  const auto [end, problem] =
      std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  constexpr int exponent_max = 400;  // of a double: 308 and its digits
  if (problem != std::errc() || end != exponent_text.data() + exponent_text.size() ||
      !is_decimal(mantissa) || mantissa.starts_with('0') || mantissa.starts_with("-0") ||
      std::abs(exponent) > exponent_max)
    return false;
  if (mantissa.starts_with('-')) {
    out.push_back('-');
    mantissa.remove_prefix(1);
  }
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, point));
  if (point < mantissa.size()) digits += mantissa.substr(point + 1);
  const auto whole = static_cast<int>(point) + exponent;
  if (whole <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-whole), '0');
    out += digits;
  } else if (static_cast<std::size_t>(whole) >= digits.size()) {
    out += digits;
    out.append(static_cast<std::size_t>(whole) - digits.size(), '0');
  } else {
    out.append(digits, 0, static_cast<std::size_t>(whole));
    out.push_back('.');
    out.append(digits, static_cast<std::size_t>(whole));
  }
  return true;
}

// 2026-11-23 08:00:00+00 -> 2026-11-23T08:00:00+00:00; "infinity" stays.
bool append_timestamp(std::string_view text, bool with_zone, std::string& out) {
  const auto gap = text.find(' ');
  if (text.empty() || !is_digit(text[0]) || gap == std::string_view::npos) {
    append_json_string(text, out);
    return text == "infinity" || text == "-infinity";
  }
  if (text.find_first_of("\"\\") != std::string_view::npos) return false;
  auto time = text.substr(gap + 1);
  const auto era_start = std::min(time.find(' '), time.size());
  const auto era = time.substr(era_start);
  time = time.substr(0, era_start);
  out.push_back('"');
  out += text.substr(0, gap);
  out.push_back('T');
  out += time;
  if (with_zone) {
    const auto sign = time.find_last_of("+-");
    if (sign == std::string_view::npos) return false;
    constexpr std::size_t hours_only = 3;
    if (time.size() - sign == hours_only) out += ":00";
  }
  out += era;
  out.push_back('"');
  return std::all_of(text.begin(), text.end(),
                     [](char letter) { return static_cast<unsigned char>(letter) >= 0x20; });
}

}  // namespace

bool append_json(const Type& type, std::string_view text, std::string& out) {
  switch (type.json) {
    case JsonForm::string:
      append_json_string(text, out);
      return true;
    case JsonForm::integer:
      if (!is_integer(text)) return false;
      out += text;
      return true;
    case JsonForm::boolean:
      out += text == "t" ? "true" : "false";
      return text == "t" || text == "f";
    case JsonForm::numeric:
      return append_numeric(text, out);
    case JsonForm::floating:
      return append_floating(text, out);
    case JsonForm::timestamp:
      return append_timestamp(text, false, out);
    case JsonForm::timestamptz:
      return append_timestamp(text, true, out);
    case JsonForm::jsonb:
      if (!is_json(text)) return false;
      out += text;
      return true;
    case JsonForm::json:
      if (!is_json(text)) return false;
      append_compact(text, out);
      return true;
    case JsonForm::array:
      return append_json_array(type_of_oid(type.element_oid), text, out);
  }
  return false;
}

bool append_json(const Type& type, const Value& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
    return true;
  }
  if (type.family == Family::integer) {
    constexpr std::size_t digits_max = 20;
    char digits[digits_max];
    const auto [end, problem] = std::to_chars(digits, digits + digits_max, value.number);
    out.append(digits, end);
    return true;
  }
  if (type.family == Family::boolean) {
    out += value.number != 0 ? "true" : "false";
    return true;
  }
  return append_json(type, value.text, out);
}

}  // namespace wakestream::mapping
