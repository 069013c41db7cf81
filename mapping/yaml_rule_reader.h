// One rule of a YAML file.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "mapping/error.h"
#include "mapping/rule.h"
#include "mapping/yaml_scalar.h"

namespace wakestream::mapping {

// What `defaults` of a file gives to each of its rules; undefined where it gives nothing.
struct YamlDefaults {
  YAML::Node table{YAML::NodeType::Undefined};
  YAML::Node key{YAML::NodeType::Undefined};
  YAML::Node fields{YAML::NodeType::Undefined};
};

tl::expected<Rule, std::vector<Error>> read_yaml_rule(const std::string& file, const YamlText& text,
                                                      const YAML::Node& node,
                                                      const YamlDefaults& defaults);

}  // namespace wakestream::mapping
