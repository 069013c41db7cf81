// The `publish:` section of wakestream.yaml.
#pragma once

#include "app/config.h"
#include "yaml/section.h"

namespace wakestream::app {

// `config` has its log and its policy already.
PublishConfig read_publish(const YAML::Node& node, const Config& config, yaml::Problems& problems);

}  // namespace wakestream::app
