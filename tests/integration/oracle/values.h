// Values of every column type that has a JSON form of its own, as SQL: edge cases and generated
// ones.
#pragma once

#include <string>
#include <vector>

#include "tests/integration/oracle/generator.h"

namespace wakestream::test::oracle {

struct TypedValues {
  std::string type;
  std::vector<std::string> values;  // SQL expressions of that type
};

std::vector<TypedValues> typed_values(Random& random, std::size_t generated_count);

}  // namespace wakestream::test::oracle
