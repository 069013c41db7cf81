// What can be wrong with how a rule uses the account context, whatever its table is.
#pragma once

#include <vector>

#include "mapping/error.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

// context.banner without the join; an account id that is taken from the context.
std::vector<Error> check_context_use(const Rule& rule);

}  // namespace wakestream::mapping
