// Reads the facts: files, server and log, each at most once, and changes nothing. Server and log
// are asked at the same time.
#pragma once

#include <chrono>
#include <string>

#include "app/check/facts.h"

namespace wakestream::check {

CheckFacts gather(const std::string& config_path, std::chrono::milliseconds deadline);

}  // namespace wakestream::check
