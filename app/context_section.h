// The `context:` section of wakestream.yaml.
#pragma once

#include <string_view>

#include "app/config.h"
#include "yaml/section.h"

namespace wakestream::app {

// `text` is the whole file's. `config` has its log already: where it is embedded, the store lies in
// its folder unless the section says otherwise.
ContextConfig read_context(const YAML::Node& node, const Config& config, std::string_view text,
                           yaml::Problems& problems);

}  // namespace wakestream::app
