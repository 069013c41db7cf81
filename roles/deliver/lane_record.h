// A lane's state as a record of wakestream.<pipeline>.lanes.<consumer>: pure.
//
// The record's key is the account; it lies in the account's partition. A tombstone says that the
// lane is in its ordinary course again. Keys that begin with a zero byte are no accounts
// (progress_key, consumer_state_key), and stand in the first partition of a share.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

std::string encode_lane(const LaneState& state);
// The error is a sentence without values.
tl::expected<LaneState, std::string> decode_lane(std::string_view json);

}  // namespace wakestream::deliver
