#include "mapping/sql_draft.h"

#include "mapping/sql_expression.h"
#include "mapping/sql_token.h"
#include "mapping/sql_tree.h"

namespace wakestream::mapping {

namespace {

constexpr std::string_view select_word = "SELECT ";

// The only item of the select list, when the statement is that and nothing else.
const SqlNode* only_value(const SqlNode& tree) {
  const auto list = children(tree, "stmts");
  const auto select = list.size() == 1 ? typed_child(*list[0], "stmt") : TypedSqlNode{};
  if (select.node == nullptr || select.kind != "SelectStmt") return nullptr;
  for (const auto& member : select.node->GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const bool plain = name == "targetList" ||
                       (name == "limitOption" &&
                        text_child(*select.node, "limitOption") == "LIMIT_OPTION_DEFAULT") ||
                       (name == "op" && text_child(*select.node, "op") == "SETOP_NONE");
    if (!plain) return nullptr;
  }
  const auto items = children(*select.node, "targetList");
  const auto item = items.size() == 1 ? typed(*items[0]) : TypedSqlNode{};
  if (item.node == nullptr || item.kind != "ResTarget" || child(*item.node, "name") != nullptr)
    return nullptr;
  return child(*item.node, "val");
}

}  // namespace

SqlDraft& SqlDraft::add(std::string_view text, Place place) {
  text_ += text;
  places_.resize(text_.size(), place);
  return *this;
}

SqlDraft& SqlDraft::add(const PlacedText& written) {
  if (written.places.size() != written.text.size()) return add(written.text, written.first());
  text_ += written.text;
  places_.insert(places_.end(), written.places.begin(), written.places.end());
  return *this;
}

std::string SqlDraft::line() const { return joined(text_, sql_tokens(text_)); }

Result<Expression> SqlDraft::read(const std::string& file, const std::string& rule) const {
  const auto first = places_.empty() ? Place{} : places_.front();
  std::vector<Place> places(select_word.size(), first);
  places.insert(places.end(), places_.begin(), places_.end());
  // Behind it: an error at the end of the text is shown at its last character.
  places.push_back(places.back());
  const auto statement_text = std::string(select_word) + text_ + '\n';
  const SqlText source(file, statement_text, places);
  std::vector<Error> errors;
  const auto statements = parse_statements(source, errors);
  if (!errors.empty()) {
    errors.front().rule = rule;
    return tl::unexpected(std::move(errors.front()));
  }
  const auto* value = statements.size() == 1 ? only_value(statements[0].tree) : nullptr;
  if (value == nullptr)
    return tl::unexpected(Error{ErrorKind::unsupported,
                                "one SQL expression is wanted here, without SELECT, FROM, AS or ;",
                                file,
                                first.line,
                                first.column,
                                rule,
                                {},
                                {}});
  SqlErrors places_of_nodes(source, statements[0]);
  places_of_nodes.set_rule(rule);
  return read_expression(places_of_nodes, *value);
}

}  // namespace wakestream::mapping
