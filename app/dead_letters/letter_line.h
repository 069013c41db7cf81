// A letter as people may see it: no value of its event, and nothing that says whose it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "roles/deliver/letter_walk.h"

namespace wakestream::app {

// One JSON object. `lane` is the number of its lane in the listing. Of headers those are shown that
// say nothing of the account; of the payload the names of its fields.
void append_letter(std::string& line, const deliver::WalkedLetter& walked, std::uint64_t lane);

// In a word: waiting, parked or dead.
std::string_view state_of(const deliver::WalkedLetter& walked);

}  // namespace wakestream::app
