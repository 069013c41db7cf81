// The order of deliveries to one consumer (design, P3): pure.
//
// Each event has a sequence of its own, and they rise. What goes out behind a later one of its
// account gets another: the highest that was read on its partition, and "+NNNN", which rises with
// each one given there. So it lies behind whatever was sent, and before whatever will be read. As
// text they sort as they were sent.
#pragma once

#include <string>
#include <string_view>

#include "log/record.h"

namespace wakestream::deliver {

std::string_view own_sequence(const log::StoredRecord& event);

// Of an event that goes out when `sent` is the highest that was sent for its account (empty: none);
// `highest` was read on its partition, or given there.
std::string sequence_behind(std::string_view sent, std::string_view own, std::string_view highest);

}  // namespace wakestream::deliver
