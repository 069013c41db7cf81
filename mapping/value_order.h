// Which of two values of one type comes first, given their text forms.
//
// Source: PostgreSQL documentation, "Numeric Types", "Date/Time Types", "Collation Support".
#pragma once

#include <optional>
#include <string_view>

#include "mapping/type.h"

namespace wakestream::mapping {

// Below, equal or above zero; none when a text is not of the type.
using Order = std::optional<int> (*)(std::string_view left, std::string_view right);

// Of dates and timestamps without a time zone in either place: a date is its midnight.
std::optional<int> by_moment(std::string_view left, std::string_view right);

// Null: rules do not order that type. Integers and booleans are ordered by their numbers, not by
// this. Texts are ordered as by COLLATE "C": byte by byte.
Order order_of(const Type& type);

}  // namespace wakestream::mapping
