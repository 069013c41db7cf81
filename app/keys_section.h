// The `keys:` section of wakestream.yaml.
#pragma once

#include <optional>

#include "app/config.h"
#include "yaml/section.h"

namespace wakestream::app {

// `config` has its log and context already. Without a section (`node` is not defined) keys lie in a
// folder beside an embedded log; on Kafka the next host has none of this one's files, so where
// there is a context that needs a key the section must be there.
KeysConfig read_keys(const YAML::Node& node, const Config& config, const YAML::Mark& root,
                     yaml::Problems& problems);

}  // namespace wakestream::app
