// Which of the functions of one name a call means.
//
// Source: PostgreSQL documentation, "Type Conversion": operators, and functions.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mapping/function.h"
#include "mapping/type.h"

namespace wakestream::mapping {

struct Overload {
  const Function* function = nullptr;  // null: several fit, as long as a column's type is not known
  const Type* result = nullptr;
  std::array<const Type*, function_args_max> args{};
};

// The message says that there is none, or that PostgreSQL's is none of rules.
tl::expected<Overload, std::string> overload_of(std::string_view name,
                                                std::span<const Type* const> types);

}  // namespace wakestream::mapping
