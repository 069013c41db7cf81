#include "mapping/conversion.h"

#include <algorithm>
#include <charconv>

#include "mapping/date_time.h"
#include "mapping/numeric_text.h"
#include "mapping/scalar_text.h"

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

}  // namespace

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
      return true;
    default:
      return false;
  }
}

}  // namespace wakestream::mapping
