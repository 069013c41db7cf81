// The `context:` section, read from YAML: each value a column, {value: SQL} or {literal: ...}.
#pragma once

#include "mapping/context_source.h"
#include "mapping/yaml_scalar.h"
#include "yaml/section.h"

namespace wakestream::mapping {

// Takes its keys from `section`: table, account_id, banner, parent, jurisdiction and consent. What
// is wrong goes to `problems`; the result then means nothing.
ContextSource read_yaml_context(yaml::YamlSection& section, const YamlText& text,
                                yaml::Problems& problems);

}  // namespace wakestream::mapping
