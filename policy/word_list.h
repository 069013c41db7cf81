// Words of the policy file that must be declared somewhere: each looked up, and the nearest one
// named where it is not there.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name_table.h"
#include "yaml/section.h"

namespace wakestream::policy {

struct Word {
  std::string text;
  YAML::Mark mark;
};

// One text, or a list of texts; empty where the key is not there. `where` names the key in
// problems.
std::vector<Word> words_of(yaml::YamlSection& section, const std::string& key,
                           const std::string& where, yaml::Problems& problems);

using Find = std::function<std::optional<NameId>(std::string_view)>;

// `kind` is what the word should be: "category". `known` are the candidates for "did you mean".
std::optional<NameId> look_up(const Word& word, std::string_view kind, const Find& find,
                              const std::vector<std::string>& known, yaml::Problems& problems);
std::vector<NameId> look_up(const std::vector<Word>& words, std::string_view kind, const Find& find,
                            const std::vector<std::string>& known, yaml::Problems& problems);
std::vector<NameId> look_up(const std::vector<Word>& words, std::string_view kind,
                            const NameTable& table, yaml::Problems& problems);

// "2026-01-01"; a problem and nothing where it is something else.
std::optional<std::chrono::sys_days> day_of(yaml::YamlSection& section, const std::string& key,
                                            const std::string& where, yaml::Problems& problems);

}  // namespace wakestream::policy
