#include "mapping/integer_functions.h"

#include <array>
#include <cstdint>
#include <limits>

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

// All arithmetic is done in 64 bits; `overflowed` says that even those were too few.
template <class Result>
Value fitted(bool overflowed, std::int64_t value) {
  if (overflowed || value < std::numeric_limits<Result>::min() ||
      value > std::numeric_limits<Result>::max())
    return Value::failure(Problem::overflow);
  return Value::of_number(value);
}

template <class Result>
Value add(Args args, TextArena&) {
  std::int64_t value = 0;
  const bool overflowed = __builtin_add_overflow(args[0].number, args[1].number, &value);
  return fitted<Result>(overflowed, value);
}

template <class Result>
Value subtract(Args args, TextArena&) {
  std::int64_t value = 0;
  const bool overflowed = __builtin_sub_overflow(args[0].number, args[1].number, &value);
  return fitted<Result>(overflowed, value);
}

template <class Result>
Value multiply(Args args, TextArena&) {
  std::int64_t value = 0;
  const bool overflowed = __builtin_mul_overflow(args[0].number, args[1].number, &value);
  return fitted<Result>(overflowed, value);
}

template <class Result>
Value negate(Args args, TextArena&) {
  std::int64_t value = 0;
  const bool overflowed = __builtin_sub_overflow(std::int64_t{0}, args[0].number, &value);
  return fitted<Result>(overflowed, value);
}

// Towards zero. By -1 is a negation: the smallest number has none.
template <class Result>
Value divide(Args args, TextArena& arena) {
  if (args[1].number == 0) return Value::failure(Problem::division_by_zero);
  if (args[1].number == -1) return negate<Result>(args, arena);
  return fitted<Result>(false, args[0].number / args[1].number);
}

Value remainder(Args args, TextArena&) {
  if (args[1].number == 0) return Value::failure(Problem::division_by_zero);
  return Value::of_number(args[1].number == -1 ? 0 : args[0].number % args[1].number);
}

template <class Result>
Value absolute(Args args, TextArena& arena) {
  return args[0].number < 0 ? negate<Result>(args, arena) : args[0];
}

Value same(Args args, TextArena&) { return args[0]; }

template <class Result>
constexpr std::array<Function, 6> of_two(std::string_view args, std::string_view result) {
  return {{{"+", args, result, add<Result>, true},
           {"-", args, result, subtract<Result>, true},
           {"*", args, result, multiply<Result>, true},
           {"/", args, result, divide<Result>, true},
           {"%", args, result, remainder, true},
           {"mod", args, result, remainder, true}}};
}

template <class Result>
constexpr std::array<Function, 3> of_one(std::string_view type) {
  return {{{"+", type, type, same},
           {"-", type, type, negate<Result>, true},
           {"abs", type, type, absolute<Result>, true}}};
}

// PostgreSQL has no % of two different integers: the narrower one is widened.
constexpr std::size_t without_remainder = 4;

constexpr auto functions = [] {
  std::array<Function, 3 * 6 + 6 * without_remainder + 3 * 3> all{};
  std::size_t at = 0;
  const auto add_all = [&](const auto& some, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) all[at++] = some[index];
  };
  add_all(of_two<std::int16_t>("smallint,smallint", "smallint"), 6);
  add_all(of_two<std::int32_t>("integer,integer", "integer"), 6);
  add_all(of_two<std::int64_t>("bigint,bigint", "bigint"), 6);
  add_all(of_two<std::int32_t>("smallint,integer", "integer"), without_remainder);
  add_all(of_two<std::int32_t>("integer,smallint", "integer"), without_remainder);
  add_all(of_two<std::int64_t>("smallint,bigint", "bigint"), without_remainder);
  add_all(of_two<std::int64_t>("bigint,smallint", "bigint"), without_remainder);
  add_all(of_two<std::int64_t>("integer,bigint", "bigint"), without_remainder);
  add_all(of_two<std::int64_t>("bigint,integer", "bigint"), without_remainder);
  add_all(of_one<std::int16_t>("smallint"), 3);
  add_all(of_one<std::int32_t>("integer"), 3);
  add_all(of_one<std::int64_t>("bigint"), 3);
  return all;
}();

}  // namespace

std::span<const Function> integer_functions() { return functions; }

}  // namespace wakestream::mapping
