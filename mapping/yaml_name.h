// A table's name as YAML files write it: graph.account, or with quotes where a name has a dot,
// "odd.schema".account. Names are taken as they stand, upper case too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wakestream::mapping {

std::vector<std::string> name_parts(std::string_view text);

}  // namespace wakestream::mapping
