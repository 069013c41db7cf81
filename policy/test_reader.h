// The tests that stand in policy.yaml.
#pragma once

#include <yaml-cpp/yaml.h>

#include "policy/definition.h"
#include "yaml/section.h"

namespace wakestream::policy {

void read_tests(const YAML::Node& list, Definition& definition, yaml::Problems& problems);

}  // namespace wakestream::policy
