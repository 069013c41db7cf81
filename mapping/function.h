// The functions and operators that rules can call: one table, as PostgreSQL's pg_proc. Each is
// strict (a NULL argument gives NULL) and immutable: what it gives hangs on its arguments alone,
// not on the session, the locale or the clock.
//
// Source: PostgreSQL documentation, "Functions and Operators"; proved against PostgreSQL by
// tests/integration/expression_oracle_test.cc, and listed in docs/rule-coverage.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "mapping/text_arena.h"
#include "mapping/type.h"
#include "mapping/value.h"

namespace wakestream::mapping {

inline constexpr std::size_t function_args_max = 3;

struct Function {
  using Compute = Value (*)(std::span<const Value> args, TextArena& arena);

  std::string_view name;  // as it is called: "substr", or an operator's sign
  std::string_view args;  // their types' names, by commas; as many as there are
  std::string_view result;
  Compute compute;  // null: PostgreSQL's, which rules do not have; calls of it are refused
  bool may_raise = false;
  bool needs_c = false;  // hangs on the collation, and so takes COLLATE "C"
  // What the first argument may be: a literal, one of these, in any case. Its number is then the
  // place in the list.
  std::span<const std::string_view> words = {};
  // PostgreSQL writes it as the one with its two arguments the other way round, and so evaluates
  // the second one first; `compute` gets them that way.
  bool swapped = false;
};

// All of them; those of one name stand together.
std::span<const std::span<const Function>> function_tables();

// Is there any of that name?
bool is_function(std::string_view name);
// Why PostgreSQL's function of that name is none of rules, and what to write; empty: not known.
std::string_view advice_for_function(std::string_view name);

}  // namespace wakestream::mapping
