// What a correct program must have put into the log.
#pragma once

#include <cstddef>
#include <vector>

#include "roles/capture/checkpoint.h"
#include "tests/simulation/world.h"

namespace wakestream::simulation {

// The events of every commit since the birth, in order. Where the pipeline has an account context,
// those of rules that join it have it as of their row, from where it holds every account.
std::vector<EventRecord> truth_of(const Server& server, const capture::Checkpoint& checkpoint,
                                  bool has_context);

// How often an account was deleted since the birth.
std::size_t deletions_of(const Server& server, const capture::Checkpoint& checkpoint);

// Its account was not known at its row, and came later in its transaction.
bool may_have_waited(const Server& server, const EventRecord& event, const EventRecord& expected);

}  // namespace wakestream::simulation
