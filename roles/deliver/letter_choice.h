// Which of the letters somebody means: all, or those of an account, an event type, an error.
#pragma once

#include <optional>
#include <string>

#include "roles/deliver/lane_store.h"
#include "roles/deliver/letter.h"

namespace wakestream::deliver {

struct LetterChoice {
  std::string account{};  // empty: every one; so with the others
  std::string type{};     // event type
  std::string error{};    // why it failed, or the one that it waits behind
};

// Why this letter has not gone out: a dead one has a reason of its own, another one its lane's.
const std::string& error_of(const Letter& letter, const std::optional<LaneState>& lane);

bool takes(const LetterChoice& choice, const Letter& letter, const std::optional<LaneState>& lane);

}  // namespace wakestream::deliver
