// Rules and claims of policy.yaml.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "policy/definition.h"
#include "yaml/section.h"

namespace wakestream::policy {

class RuleReader {
 public:
  RuleReader(Definition& definition, yaml::Problems& problems)
      : definition_(definition), problems_(problems) {}

  // `path` names the list in problems: "rules". A banner's own rules hold for it alone.
  void read_rules(const YAML::Node& list, const std::string& path,
                  std::optional<NameId> banner = std::nullopt);
  void read_claims(const YAML::Node& list);

 private:
  PolicyRule read_rule(const YAML::Node& node, const std::string& where);
  Claim read_claim(const YAML::Node& node, const std::string& where);
  When read_when(const YAML::Node& node, const std::string& where, Side side);
  void read_consent(yaml::YamlSection& section, const std::string& where, Side side, When& when);
  Transform read_action(const YAML::Node& node, const std::string& where);
  Transform read_changed(const YAML::Node& node, const std::string& where);
  void read_changed_details(yaml::YamlSection& section, const std::string& where,
                            Transform& change);
  void read_generalization(yaml::YamlSection& section, const std::string& where, Transform& change);
  NameId read_key(yaml::YamlSection& section, const std::string& where);
  void check_side(const PolicyRule& rule, const YAML::Mark& mark, const std::string& where);
  std::string name_of(yaml::YamlSection& section, const std::string& where);
  Place place_of(const YAML::Mark& mark) const;

  Definition& definition_;
  yaml::Problems& problems_;
};

}  // namespace wakestream::policy
