// What a plain YAML value is in SQL, and back.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

// null, true, false and numbers are themselves; every other word, and whatever stands in quotes, is
// a text. None: this is no scalar.
std::optional<std::string> literal_sql(const YAML::Node& node);

// Could some reader of YAML take this plain word for something else than a text (no, 1e3, null)?
bool needs_quotes(std::string_view text);

}  // namespace wakestream::mapping
