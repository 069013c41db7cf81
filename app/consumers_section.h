// The `consumers:` section of wakestream.yaml.
#pragma once

#include <string_view>
#include <vector>

#include "app/config.h"
#include "yaml/section.h"

namespace wakestream::app {

// `config` has its policy already, `text` is the file's. Whether there are such consumers, banners
// and event types is not known here: app/deliver_plan.h asks policy and rules.
std::vector<ConsumerConfig> read_consumers(const YAML::Node& node, const Config& config,
                                           std::string_view text, yaml::Problems& problems);

}  // namespace wakestream::app
