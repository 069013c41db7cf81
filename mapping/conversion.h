// One cast on one value: what Node::Kind::convert does.
#pragma once

#include <cstdint>

#include "mapping/node.h"
#include "mapping/text_arena.h"
#include "mapping/value.h"

namespace wakestream::mapping {

// `value` is what the node's argument gave, and no NULL.
Value converted(const Node& node, const Value& value, TextArena& arena);

// How many digits a numeric may have, and how many of them behind the point.
struct NumericLimit {
  std::int64_t digits = 0;
  std::int64_t scale = 0;
};
std::int64_t packed_limit(const NumericLimit& limit);

// Which of them raise errors for some values.
bool may_raise(Conversion conversion);

}  // namespace wakestream::mapping
