// Through what waits for a consumer: lane by lane, and in each the letters in their order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "roles/deliver/lane_store.h"
#include "roles/deliver/letter.h"

namespace wakestream::deliver {

// One letter, in its lane. Both belong to the walk.
struct WalkedLetter {
  const Letter& letter;
  const std::optional<LaneState>& lane;  // nothing: it is ordinary, and the letter is a dead one

  // The one that the lane's attempts and error are about.
  bool is_tried() const { return lane && !lane->front.empty() && letter.id() == lane->front; }
  bool is_parked_at() const { return is_tried() && lane->parked; }
};

// Each letter of each account, or of this one, until `visit` returns false. Memory holds a handful
// of letters at a time (lane_letters.h), however many there are. Ask the store afterwards whether
// it failed.
void for_each_letter(LaneStore& store, const std::string& account,
                     const std::function<bool(const WalkedLetter&)>& visit);
// The same with the last letter of each lane first, for whoever counts: a store reads so at half
// the cost.
void for_each_letter_backwards(LaneStore& store,
                               const std::function<void(const WalkedLetter&)>& visit);

}  // namespace wakestream::deliver
