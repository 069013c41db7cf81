#include "mapping/numeric_functions.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mapping/numeric_arithmetic.h"
#include "mapping/numeric_text.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;
using OfTwo = Value (*)(std::string_view, std::string_view, TextArena&);

template <OfTwo compute>
Value of_two(Args args, TextArena& arena) {
  return compute(args[0].text, args[1].text, arena);
}

// Beyond these PostgreSQL takes the nearer one of them.
constexpr std::int64_t scale_max = numeric_scale_max;
constexpr std::int64_t scale_min = -static_cast<std::int64_t>(numeric_whole_digits_max);

template <Rounding rounding>
Value to_scale(Args args, TextArena& arena) {
  const auto scale = args.size() > 1 ? args[1].number : 0;
  return numeric_rounded(args[0].text, std::clamp(scale, scale_min, scale_max), rounding, arena);
}

Value same(Args args, TextArena&) { return args[0]; }

Value negated(Args args, TextArena& arena) {
  const auto number = numeric_parts(args[0].text);
  if (!number) return Value::failure(Problem::malformed_value);
  const bool stays = number->kind == NumericKind::nan || (number->is_finite() && number->is_zero());
  if (stays) return args[0];
  const auto text = args[0].text;
  return Value::of_text(text.starts_with('-') ? text.substr(1) : arena.join("-", text));
}

Value absolute(Args args, TextArena&) {
  const auto text = args[0].text;
  if (!numeric_parts(text)) return Value::failure(Problem::malformed_value);
  return Value::of_text(text.starts_with('-') ? text.substr(1) : text);
}

Value sign(Args args, TextArena&) {
  const auto number = numeric_parts(args[0].text);
  if (!number) return Value::failure(Problem::malformed_value);
  if (number->kind == NumericKind::nan) return args[0];
  if (number->is_finite() && number->is_zero()) return Value::of_text("0");
  return Value::of_text(args[0].text.starts_with('-') ? "-1" : "1");
}

// How many digits stand behind the point; without zeros at the end when `needed`. NaN and the
// infinities have none, and no such number.
template <bool needed>
Value scale(Args args, TextArena&) {
  const auto number = numeric_parts(args[0].text);
  if (!number) return Value::failure(Problem::malformed_value);
  if (!number->is_finite()) return Value::null();
  const auto digits = needed ? number->fraction.find_last_not_of('0') + 1 : number->fraction.size();
  return Value::of_number(static_cast<std::int64_t>(digits));
}

Value trim_scale(Args args, TextArena&) {
  const auto text = args[0].text;
  const auto number = numeric_parts(text);
  if (!number) return Value::failure(Problem::malformed_value);
  if (!number->is_finite() || number->fraction.empty()) return args[0];
  const auto last = text.find_last_not_of('0');
  return Value::of_text(text.substr(0, text[last] == '.' ? last : last + 1));
}

constexpr auto round = to_scale<Rounding::half_away>;
constexpr auto truncate = to_scale<Rounding::towards_zero>;
constexpr auto ceiling = to_scale<Rounding::up>;
constexpr auto floor = to_scale<Rounding::down>;

constexpr std::string_view one = "numeric";
constexpr std::string_view two = "numeric,numeric";
constexpr std::string_view one_and_scale = "numeric,integer";
// What PostgreSQL takes for an integer.
constexpr std::string_view floating = "double precision";

constexpr std::array functions{
    Function{"+", two, one, of_two<numeric_sum>, true},
    Function{"-", two, one, of_two<numeric_difference>, true},
    Function{"*", two, one, of_two<numeric_product>, true},
    Function{"/", two, one, of_two<numeric_quotient>, true},
    Function{"%", two, one, of_two<numeric_remainder>, true},
    Function{"mod", two, one, of_two<numeric_remainder>, true},
    Function{"div", two, one, of_two<numeric_whole_quotient>, true},
    Function{"+", one, one, same},
    Function{"-", one, one, negated},
    Function{"abs", one, one, absolute},
    Function{"sign", one, one, sign},
    Function{"sign", floating, floating, nullptr},
    Function{"round", one, one, round, true},
    Function{"round", floating, floating, nullptr},
    Function{"round", one_and_scale, one, round, true},
    Function{"trunc", one, one, truncate},
    Function{"trunc", floating, floating, nullptr},
    Function{"trunc", one_and_scale, one, truncate},
    Function{"ceil", one, one, ceiling, true},
    Function{"ceil", floating, floating, nullptr},
    Function{"ceiling", one, one, ceiling, true},
    Function{"ceiling", floating, floating, nullptr},
    Function{"floor", one, one, floor, true},
    Function{"floor", floating, floating, nullptr},
    Function{"scale", one, "integer", scale<false>},
    Function{"min_scale", one, "integer", scale<true>},
    Function{"trim_scale", one, one, trim_scale},
};

}  // namespace

std::span<const Function> numeric_functions() { return functions; }

}  // namespace wakestream::mapping
