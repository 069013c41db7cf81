// Are the rules of the configuration's files those that the pipeline runs with? A capture keeps the
// rules that it has until somebody gives it new ones, and the log says which they are: by their
// hash alone, so that they cannot be compared with, only told apart.
#pragma once

#include <string>

#include "app/config.h"
#include "mapping/rule_set.h"

namespace wakestream::preview {

struct RulesInForce {
  enum class Are { those_of_the_files, others, not_known };
  Are are = Are::not_known;
  std::string hash;      // in force; empty when it is not known
  std::string sentence;  // for people; empty when they are those of the files
};

RulesInForce look_at_rules_in_force(const app::Config& config, const mapping::RuleSet& of_files);

std::string_view to_string(RulesInForce::Are are);

}  // namespace wakestream::preview
