// One schedule: a seed decides what the workload commits, what fails and when, and which processes
// run. At the end all faults stop, time passes, and the log must hold exactly what the database
// committed, in commit order, once.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/instance.h"

namespace wakestream::simulation {

struct Outcome {
  std::string broken;  // the promise that was broken; empty when none was
  std::uint64_t event_count = 0;
  bool refused = false;  // rightly: a failover took emitted commits away
};

Outcome run_schedule(std::uint64_t seed, Mutation mutation, Seen& seen, bool trace = false);

}  // namespace wakestream::simulation
