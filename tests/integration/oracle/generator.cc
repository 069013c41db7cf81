#include "tests/integration/oracle/generator.h"

#include <fmt/format.h>

#include <algorithm>

namespace wakestream::test::oracle {

namespace {

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (const char letter : text) {
    literal.push_back(letter);
    if (letter == '\'') literal.push_back(letter);
  }
  return literal + "'";
}

std::string filled(std::string_view pattern, const std::vector<GeneratedExpression>& args) {
  std::string sql;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      sql.push_back(pattern[at]);
      continue;
    }
    sql += args[static_cast<std::size_t>(pattern[at + 1] - '0')].sql;
    at += 2;
  }
  return sql;
}

const std::vector<const Form*>& forms_of(std::string_view result) {
  static const auto by_result = [] {
    std::vector<std::pair<std::string_view, std::vector<const Form*>>> lists;
    for (const auto& column : columns()) lists.push_back({column.type, {}});
    for (auto& [type, list] : lists)
      for (const auto& form : forms())
        if (form.result == type) list.push_back(&form);
    return lists;
  }();
  return std::find_if(by_result.begin(), by_result.end(),
                      [&](const auto& entry) { return entry.first == result; })
      ->second;
}

}  // namespace

GeneratedExpression Generator::of_form(const Form& form, int depth, bool wild) {
  GeneratedExpression whole;
  whole.forms.insert(&form);
  std::vector<GeneratedExpression> args;
  for (const auto type : form.args) {
    args.push_back(argument(type, depth - 1, wild));
    whole.depends_on_row = whole.depends_on_row || args.back().depends_on_row;
  }
  if (form.may_fail && !whole.depends_on_row) {
    args[0] = leaf(form.args[0], false);
    whole.depends_on_row = true;
  }
  for (const auto& arg : args) whole.forms.insert(arg.forms.begin(), arg.forms.end());
  whole.sql = filled(form.pattern, args);
  return whole;
}

GeneratedExpression Generator::argument(std::string_view type, int depth, bool wild) {
  if (wild && random_.percent(25)) type = random_.one_of(columns()).type;
  const auto& candidates = forms_of(type);
  if (depth <= 0 || candidates.empty() || random_.percent(40)) return leaf(type, true);
  auto inner = of_form(*random_.one_of(candidates), depth, wild);
  inner.sql = "(" + inner.sql + ")";
  return inner;
}

GeneratedExpression Generator::leaf(std::string_view type, bool may_be_constant) {
  const auto& kind = column_of_type(type);
  const auto way = may_be_constant ? random_.below(100) : 0;
  GeneratedExpression leaf;
  if (way < 65) {
    // Text has a second column, so that two texts are not always of one.
    const bool second = type == "text" && random_.percent(30);
    leaf.sql = fmt::format("{}.{}", random_.percent(50) ? "old" : "new", second ? "w" : kind.name);
    leaf.depends_on_row = true;
  } else if (way < 80 && !kind.literals.empty()) {
    leaf.sql = random_.one_of(kind.literals);
    leaf.depends_on_row = leaf.sql == "op";
  } else if (way < 93) {
    leaf.sql = quoted(random_.one_of(kind.values));
  } else {
    leaf.sql = "NULL";
  }
  return leaf;
}

}  // namespace wakestream::test::oracle
