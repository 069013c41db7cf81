#include "mapping/required_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wakestream::mapping {

namespace {

struct RequiredField {
  std::string_view name;
  std::string_view in_sql;
  std::string_view in_yaml;
};

constexpr std::array<RequiredField, 5> required_fields{{
    {"account_id", "select it, new.account_id; a rule for DELETE takes old.account_id",
     "name its column, key: account_id"},
    {"version", "select it, new.version, or write NULL AS version if the table has none",
     "add it to fields, or {literal: null, as: version} if the table has none"},
    {"banner", "select it, new.banner, or write a literal, 'banner-a' AS banner",
     "add it to fields, or a literal, {literal: banner-a, as: banner}"},
    {"jurisdiction", "select it, new.jurisdiction, or write a literal, 'EU' AS jurisdiction",
     "add it to fields, or a literal, {literal: EU, as: jurisdiction}"},
    {"consent", "select it, new.consent, or write NULL AS consent (policy then withholds)",
     "add it to fields, or {literal: null, as: consent} (policy then withholds)"},
}};

}  // namespace

std::vector<std::string> missing_fields(const Rule& rule, RuleForm form) {
  std::vector<std::string> sentences;
  for (const auto& required : required_fields) {
    const bool found = std::any_of(rule.fields.begin(), rule.fields.end(),
                                   [&](const Field& field) { return field.name == required.name; });
    if (!found)
      sentences.push_back(fmt::format("field {} is missing: {}", required.name,
                                      form == RuleForm::sql ? required.in_sql : required.in_yaml));
  }
  return sentences;
}

}  // namespace wakestream::mapping
