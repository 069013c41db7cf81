// `wakestream replay --from deadletter`: whoever delivers to the consumer tries parked lanes and
// dead letters again, each lane in its order.
#pragma once

#include <cstdint>
#include <string>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/deliver/letter_choice.h"

namespace wakestream::app {

struct ReplayLettersOptions {
  std::string consumer;
  deliver::LetterChoice choice{};
  bool dry_run = false;
  std::uint64_t limit = 100;  // of the letters that a dry run names
  GiveOptions give{};
};

// A dry run prints the letters that would be tried again, in their order, and then sums.
int replay_letters_command(const Config& config, const ReplayLettersOptions& options,
                           Logger& logger);

}  // namespace wakestream::app
