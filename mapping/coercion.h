// How a value of one type becomes one of another: PostgreSQL's rules for literals of unknown type,
// implicit and explicit casts, and the common type of CASE, COALESCE and IN.
//
// Source: PostgreSQL documentation, "Type Conversion": operators, and UNION, CASE, and Related
// Constructs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "mapping/node.h"

namespace wakestream::mapping {

// The message of a refusal; the caller knows the place.
using Coercion = tl::expected<void, std::string>;

// A literal of unknown type takes the type that its neighbours want.
Coercion resolve_literal(Node& node, const Type& type);
// x::type
Coercion convert(Node& node, const Type& type);
// x::numeric(length, scale), x::varchar(length); the node is of that type.
void limit(Node& node, const Type& type, int length, int scale);
// What happens by itself: literals, wider integers, strings among each other.
Coercion convert_implicitly(Node& node, const Type& type);

// The type that all of these can become; null when there is none. The order counts, as in
// PostgreSQL.
const Type* common_type(std::span<const Type* const> candidates);

}  // namespace wakestream::mapping
