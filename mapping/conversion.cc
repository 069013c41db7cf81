#include "mapping/conversion.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "mapping/date_time.h"
#include "mapping/numeric_arithmetic.h"
#include "mapping/numeric_text.h"
#include "mapping/scalar_text.h"
#include "mapping/text_characters.h"

namespace wakestream::mapping {

namespace {

Value text_to_integer(std::string_view text, const Type& type) {
  const auto [number, problem] = read_integer(text, type);
  if (problem == IntegerProblem::not_an_integer) return Value::failure(Problem::not_an_integer);
  if (problem == IntegerProblem::out_of_range) return Value::failure(Problem::out_of_range);
  return Value::of_number(number);
}

Value integer_to_text(std::int64_t number, TextArena& arena) {
  constexpr std::size_t digits_max = 20;
  auto* digits = arena.allocate(digits_max);
  const auto [end, problem] = std::to_chars(digits, digits + digits_max, number);
  return Value::of_text({digits, static_cast<std::size_t>(end - digits)});
}

// Half a unit goes away from zero.
Value numeric_to_integer(std::string_view text, const Type& type) {
  if (!is_decimal(text))
    return Value::failure(text == "NaN" || text.ends_with("Infinity") ? Problem::not_finite
                                                                      : Problem::malformed_value);
  const auto point = std::min(text.find('.'), text.size());
  const auto digits = text.substr(0, point);
  std::int64_t whole = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (problem != std::errc()) return Value::failure(Problem::out_of_range);
  const bool up = point + 1 < text.size() && text[point + 1] >= '5';
  const std::int64_t step = up ? (text.starts_with('-') ? -1 : 1) : 0;
  if (__builtin_add_overflow(whole, step, &whole) || whole < type.min || whole > type.max)
    return Value::failure(Problem::out_of_range);
  return Value::of_number(whole);
}

Value date_to_timestamp(std::string_view text, TextArena& arena) {
  auto days = read_date(text);
  if (!days) return Value::failure(Problem::malformed_value);
  if (is_infinite_time(*days)) return Value::of_text(text);
  if (*days > timestamp_max / microseconds_a_day) return Value::failure(Problem::date_out_of_range);
  return Value::of_text(arena.keep(write_timestamp(*days * microseconds_a_day, Zone::none)));
}

Value timestamp_to_date(std::string_view text, TextArena& arena) {
  const auto at = read_timestamp(text, Zone::none);
  if (!at) return Value::failure(Problem::malformed_value);
  if (is_infinite_time(*at)) return Value::of_text(text);
  return Value::of_text(arena.keep(write_date((*at - clock_of(*at)) / microseconds_a_day)));
}

// With the digits that its type always has, and no more.
Value float_to_numeric(std::string_view text, const Type& type, TextArena& arena) {
  const auto value = read_float(text, type);
  if (!value) return Value::failure(Problem::malformed_value);
  std::array<char, 32> digits{};
  const auto [end, problem] =
      std::to_chars(digits.begin(), digits.end(), *value, std::chars_format::general,
                    &type == &types::float4 ? std::numeric_limits<float>::digits10
                                            : std::numeric_limits<double>::digits10);
  const auto number = read_numeric({digits.data(), static_cast<std::size_t>(end - digits.data())});
  return problem == std::errc() && number ? Value::of_text(arena.keep(*number))
                                          : Value::failure(Problem::malformed_value);
}

// Half a unit goes to the even one.
Value float_to_integer(std::string_view text, const Type& from, const Type& to) {
  const auto value = read_float(text, from);
  if (!value) return Value::failure(Problem::malformed_value);
  const auto whole = std::nearbyint(*value);
  // The largest integer has no float of its own: the next one does.
  const bool fits = whole >= static_cast<double>(to.min) && whole < -static_cast<double>(to.min);
  return fits ? Value::of_number(static_cast<std::int64_t>(whole))
              : Value::failure(Problem::out_of_range);
}

constexpr std::int64_t limit_base = 10'000;

Value limit_numeric(std::string_view text, std::int64_t packed, TextArena& arena) {
  const NumericLimit limit{packed / limit_base, packed % limit_base - limit_base / 2};
  if (text == "NaN") return Value::of_text(text);
  const auto rounded = numeric_rounded(text, limit.scale, Rounding::half_away, arena);
  if (rounded.failed()) return rounded;
  const auto number = numeric_parts(rounded.text);
  if (!number || !number->is_finite()) return Value::failure(Problem::out_of_range);
  if (number->is_zero()) return rounded;
  // Counted from the point; of 0.05 it is -1.
  const auto first_digit = number->whole.empty()
                               ? -static_cast<std::int64_t>(number->fraction.find_first_not_of('0'))
                               : static_cast<std::int64_t>(number->whole.size());
  return first_digit <= limit.digits - limit.scale ? rounded
                                                   : Value::failure(Problem::out_of_range);
}

}  // namespace

std::int64_t packed_limit(const NumericLimit& limit) {
  return limit.digits * limit_base + limit.scale + limit_base / 2;
}

Value converted(const Node& node, const Value& value, TextArena& arena) {
  switch (node.conversion) {
    case Conversion::relabel:
    case Conversion::text_form:
    case Conversion::boolean_to_integer:
      return value;
    case Conversion::integer_to_text:
      return integer_to_text(value.number, arena);
    case Conversion::boolean_to_text:
      return Value::of_text(value.number != 0 ? "true" : "false");
    case Conversion::trim_blanks:
      return Value::of_text(without_trailing_blanks(value.text));
    case Conversion::text_to_integer:
      return text_to_integer(value.text, *node.type);
    case Conversion::text_to_boolean: {
      const auto truth = read_boolean(value.text);
      return truth ? Value::of_number(*truth ? 1 : 0) : Value::failure(Problem::not_a_boolean);
    }
    case Conversion::narrow_integer:
      if (value.number < node.type->min || value.number > node.type->max)
        return Value::failure(Problem::out_of_range);
      return value;
    case Conversion::integer_to_boolean:
      return Value::of_number(value.number != 0 ? 1 : 0);
    case Conversion::text_to_numeric: {
      const auto number = read_numeric(value.text);
      return number ? Value::of_text(arena.keep(*number)) : Value::failure(Problem::not_a_number);
    }
    case Conversion::numeric_to_integer:
      return numeric_to_integer(value.text, *node.type);
    case Conversion::date_to_timestamp:
      return date_to_timestamp(value.text, arena);
    case Conversion::timestamp_to_date:
      return timestamp_to_date(value.text, arena);
    case Conversion::float_to_numeric:
      return float_to_numeric(value.text, *node.args[0].type, arena);
    case Conversion::float_to_integer:
      return float_to_integer(value.text, *node.args[0].type, *node.type);
    case Conversion::limit_numeric:
      return limit_numeric(value.text, node.number, arena);
    case Conversion::limit_text:
      return Value::of_text(value.text.substr(0, character_offset(value.text, node.number)));
  }
  return Value::failure(Problem::malformed_value);
}

bool may_raise(Conversion conversion) {
  switch (conversion) {
    case Conversion::text_to_integer:
    case Conversion::text_to_boolean:
    case Conversion::narrow_integer:
    case Conversion::text_to_numeric:
    case Conversion::numeric_to_integer:
    case Conversion::date_to_timestamp:
    case Conversion::float_to_integer:
    case Conversion::limit_numeric:
      return true;
    default:
      return false;
  }
}

}  // namespace wakestream::mapping
