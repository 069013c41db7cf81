// What to say of a node of PostgreSQL's tree that the rule language does not have.
#pragma once

#include <string>
#include <string_view>

#include "mapping/sql_tree.h"

namespace wakestream::mapping {

std::string refusal_of(std::string_view kind, const SqlNode& node);
// Of a function that rules do not have.
std::string refusal_of_function(std::string_view name);

}  // namespace wakestream::mapping
