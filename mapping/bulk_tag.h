// The condition by which a rule marks events as part of a bulk change, where it stands in the
// comment of a view:
//
//   COMMENT ON VIEW customer.tier_changed IS 'bulk: new.loaded_by = ''backfill''
//
//   What stands below an empty line describes the view.';
#pragma once

#include <string_view>

namespace wakestream::mapping {

inline constexpr std::string_view bulk_prefix = "bulk:";

// Does a description begin like it? What is only nearly one would mark nothing.
bool looks_like_bulk(std::string_view text);

// How much of what stands behind the prefix is the condition: all in front of an empty line that
// is in no literal.
std::string_view bulk_condition(std::string_view text);

}  // namespace wakestream::mapping
