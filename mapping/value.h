// What an expression gives for a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wakestream::mapping {

// Why an expression has no value for a row.
enum class Problem : std::uint8_t {
  none,
  not_sent,         // PostgreSQL left out what the expression needs
  malformed_value,  // a column's text form is not of its type
  malformed_json,
  not_an_integer,
  not_a_boolean,
  out_of_range,
  overflow,  // of arithmetic
  division_by_zero,
  date_out_of_range,
  not_a_number,
  not_finite,  // NaN or an infinity, as an integer
  negative_length,
  zero_position,
  open_escape,
  long_escape,
  text_too_long,
  no_array,
};

// What a function may make of shorter texts; PostgreSQL's own limit is 1 GB.
inline constexpr std::size_t made_text_bytes_max = std::size_t{1} << 20U;

// A sentence without values.
std::string_view sentence_of(Problem problem);

// Integers and booleans are in `number`, all others in `text`, which points into the row, the rule
// or the arena.
struct Value {
  enum class State : std::uint8_t { null, present, failed };
  State state = State::null;
  Problem problem = Problem::none;
  std::int64_t number = 0;
  std::string_view text;

  static Value null() { return {}; }
  static Value of_text(std::string_view text) { return {State::present, Problem::none, 0, text}; }
  static Value of_number(std::int64_t number) {
    return {State::present, Problem::none, number, {}};
  }
  static Value failure(Problem problem) { return {State::failed, problem, 0, {}}; }

  bool is_null() const { return state == State::null; }
  bool failed() const { return state == State::failed; }
  // Of a boolean: is it true, not false and not NULL?
  bool is_true() const { return state == State::present && number != 0; }
};

}  // namespace wakestream::mapping
