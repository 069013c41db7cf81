// A policy and the events that it is about, or every problem of theirs, said.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/logging.h"
#include "app/policy/policy_command.h"
#include "policy/policy.h"
#include "policy/rule_shapes.h"

namespace wakestream::app {

std::optional<policy::Policy> load_policy(const std::string& path, Logger& logger);

// Of the rules that the options name, else of the configuration's. What the policy speaks of and no
// rule makes is said, and is no less a problem than another.
std::optional<policy::EventShapes> load_shapes(const policy::Policy& policy,
                                               const std::string& config_path,
                                               const PolicyOptions& options, Logger& logger);

// The day that the options name, else now.
std::optional<std::chrono::sys_seconds> time_asked(const PolicyOptions& options, Logger& logger);
std::string day_text(std::chrono::sys_seconds at);

}  // namespace wakestream::app
