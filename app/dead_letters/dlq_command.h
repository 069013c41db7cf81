// `wakestream dlq`: what could not be delivered, and why.
#pragma once

#include <cstdint>
#include <string>

#include "app/config.h"
#include "app/logging.h"
#include "roles/deliver/letter_choice.h"

namespace wakestream::app {

struct DlqListOptions {
  std::string consumer{};  // empty: each one
  bool json = false;
};
// A piece for each consumer, event type and error, with the likely cause.
int dlq_list_command(const Config& config, const DlqListOptions& options, Logger& logger);

struct DlqShowOptions {
  std::string consumer;
  deliver::LetterChoice choice{};
  std::uint64_t limit = 100;
};
// The letters, as JSON lines, lane by lane, without their values.
int dlq_show_command(const Config& config, const DlqShowOptions& options, Logger& logger);

}  // namespace wakestream::app
