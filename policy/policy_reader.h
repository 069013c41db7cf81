// policy.yaml -> a definition. docs/policy.md says what the file may hold.
#pragma once

#include <string_view>

#include "policy/definition.h"
#include "yaml/section.h"

namespace wakestream::policy {

// Every problem with its place; after one the definition means nothing.
Definition read_policy(std::string_view text, yaml::Problems& problems);

}  // namespace wakestream::policy
