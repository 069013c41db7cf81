// One cast on one value: what Node::Kind::convert does.
#pragma once

#include "mapping/node.h"
#include "mapping/text_arena.h"
#include "mapping/value.h"

namespace wakestream::mapping {

// `value` is what the node's argument gave, and no NULL.
Value converted(const Node& node, const Value& value, TextArena& arena);

// Which of them raise errors for some values.
bool may_raise(Conversion conversion);

}  // namespace wakestream::mapping
