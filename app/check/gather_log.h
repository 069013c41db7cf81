// Asks the event log what it holds for this pipeline; makes nothing.
#pragma once

#include <chrono>

#include "app/check/facts.h"

namespace wakestream::check {

LogFacts gather_log(const app::Config& config, std::chrono::milliseconds deadline);

}  // namespace wakestream::check
