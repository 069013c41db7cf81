// Through the letters of one lane, from the last to the first: how whoever goes through them does.
//
// However many a lane has, memory holds `letters_at_once` of them, and a handful is let go before
// the next one is read. A letter is as large as its event, so that is 32 events of the largest row
// that there may be (source.row_bytes_max, 1 MiB unless it is set). What a visitor keeps is its own
// matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>

#include "roles/deliver/lane_store.h"
#include "roles/deliver/letter.h"

namespace wakestream::deliver {

inline constexpr std::size_t letters_at_once = 32;
inline constexpr auto behind_all_letters = std::numeric_limits<std::int64_t>::max();

// Those with an offset below `before`, dead ones too, until `visit` returns false. The letter is
// the visitor's: it may change it and take it, put it in its place again, or remove it from the
// store. It comes to an end with a store that fails, too.
void walk_backwards(LaneStore& store, std::string_view account, std::int64_t before,
                    const std::function<bool(Letter&)>& visit);

}  // namespace wakestream::deliver
