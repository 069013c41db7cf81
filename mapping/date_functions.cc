#include "mapping/date_functions.h"

#include <array>

#include "mapping/date_time.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

Value moved(const Value& date, std::int64_t by, TextArena& arena) {
  const auto days = read_date(date.text);
  if (!days) return Value::failure(Problem::malformed_value);
  if (is_infinite_time(*days)) return date;
  const auto there = *days + by;
  if (there < date_min || there > date_max) return Value::failure(Problem::date_out_of_range);
  return Value::of_text(arena.keep(write_date(there)));
}

Value date_plus_days(Args args, TextArena& arena) { return moved(args[0], args[1].number, arena); }
Value date_minus_days(Args args, TextArena& arena) {
  return moved(args[0], -args[1].number, arena);
}

Value days_between(Args args, TextArena&) {
  const auto left = read_date(args[0].text);
  const auto right = read_date(args[1].text);
  if (!left || !right) return Value::failure(Problem::malformed_value);
  if (is_infinite_time(*left) || is_infinite_time(*right))
    return Value::failure(Problem::date_out_of_range);
  return Value::of_number(*left - *right);
}

constexpr std::array functions{
    Function{"+", "date,integer", "date", date_plus_days, true},
    Function{"+", "integer,date", "date", date_plus_days, true, false, {}, true},
    Function{"-", "date,integer", "date", date_minus_days, true},
    Function{"-", "date,date", "integer", days_between, true},
};

}  // namespace

std::span<const Function> date_functions() { return functions; }

}  // namespace wakestream::mapping
