// Which events may not wait behind others of their account: pure.
//
// A deletion, and a consent that became narrower: what goes out behind them is judged by what they
// say. A change of consent that cannot be compared counts as a narrower one.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "log/record.h"
#include "policy/policy.h"

namespace wakestream::deliver {

// After these nothing older of the account goes out.
std::set<std::string, std::less<>> deletion_types();

// `policy` has the consent's words, and the keys that purposes ask for.
bool is_urgent(const log::StoredRecord& event, const policy::Policy& policy);

}  // namespace wakestream::deliver
