// Rules as YAML: the same rule object as the SQL form gives, said with less.
//
//   rules:
//     - event: customer.email_changed
//       table: graph.account
//       key: account_id
//       watch: email                      # an UPDATE that changes it
//       fields:
//         - version
//         - banner
//         - {literal: EU, as: jurisdiction}
//         - consent
//         - {column: old.email, as: previous_email, pii: user.contact.email}
//         - {column: email, pii: user.contact.email}
//
// docs/rules.md has the words, schema/rules.schema.json the form. What YAML has no word for is an
// SQL expression in a string (`value`, `when`).
#pragma once

#include <string_view>
#include <vector>

#include "mapping/error.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

bool is_yaml_file(std::string_view name);

// Each rule, or everything that is wrong with it; what is wrong outside of any rule comes as one
// that has no name.
std::vector<tl::expected<Rule, std::vector<Error>>> read_yaml_rules(std::string_view file,
                                                                    std::string_view text);

}  // namespace wakestream::mapping
