#include <fmt/format.h>

#include <utility>

#include "mapping/bulk_tag.h"
#include "mapping/pii_tag.h"
#include "mapping/sql_draft.h"
#include "mapping/sql_token.h"
#include "mapping/sql_view.h"

namespace wakestream::mapping {

namespace {

constexpr std::string_view pii_prefix = "pii:";

// The statement's last literal, which says `text`: with the place of each byte where it is written
// as 'text' or $$text$$, else with one for all.
PlacedText literal_of(const SqlErrors& errors, std::string_view text) {
  const auto statement = errors.statement_text();
  auto tokens = sql_tokens(statement);
  while (!tokens.empty() && statement[tokens.back().start] == ';') tokens.pop_back();
  if (tokens.empty()) return {std::string(text), {errors.place(0)}};
  const auto start = tokens.back().start;
  const auto written = statement.substr(start, tokens.back().end - start);
  const bool in_dollars = written.starts_with('$');
  const auto mark = in_dollars ? written.find('$', 1) + 1 : 1;
  PlacedText literal;
  for (auto at = mark; at + mark < written.size(); ++at) {
    literal.text += written[at];
    literal.places.push_back(errors.place(start + at));
    if (!in_dollars && written[at] == '\'') ++at;
  }
  if (literal.text == text) return literal;
  return {std::string(text), {errors.place(start)}};
}

// From `start` on, `size` bytes of it.
PlacedText part_of(const PlacedText& whole, std::size_t start, std::size_t size) {
  PlacedText part{whole.text.substr(start, size), whole.places};
  if (whole.places.size() == whole.text.size()) {
    const auto first = whole.places.begin() + static_cast<std::ptrdiff_t>(start);
    part.places.assign(first, first + static_cast<std::ptrdiff_t>(part.text.size()));
  }
  return part;
}

// What a view's comment says of bulk changes, and below it of the view.
Result<RuleComment> read_bulk(const SqlErrors& errors, std::string_view text, RuleComment comment) {
  const auto start = text.find_first_not_of(" \t\r\n") + bulk_prefix.size();
  const auto condition = bulk_condition(text.substr(start));
  if (!trimmed(text).starts_with(bulk_prefix) || trimmed(condition).empty())
    return errors.refuse(
        ErrorKind::invalid_rule, comment.place,
        "a condition for bulk changes is written 'bulk: new.loaded_by = 1', an SQL "
        "expression; what stands below an empty line describes the view");
  const auto draft = SqlDraft().add(part_of(literal_of(errors, text), start, condition.size()));
  auto bulk = draft.read(comment.file, comment.rule);
  if (!bulk) return tl::unexpected(std::move(bulk.error()));
  comment.bulk = std::move(*bulk);
  comment.bulk_sql = draft.line();
  comment.description = trimmed(text.substr(start + condition.size()));
  return comment;
}

}  // namespace

Result<RuleComment> read_comment(SqlErrors errors, const SqlNode& node) {
  RuleComment comment;
  comment.file = errors.file();
  comment.place = errors.place_of(node);
  const auto target = text_child(node, "objtype");
  if (target != "OBJECT_COLUMN" && target != "OBJECT_VIEW")
    return errors.refuse(ErrorKind::unsupported, comment.place,
                         "rules take COMMENT ON VIEW and COMMENT ON COLUMN, no other");
  const auto object = typed_child(node, "object");
  auto names =
      object.is("List") ? name_list(*object.node, "items") : std::vector<std::string_view>{};
  if (target == "OBJECT_COLUMN" && !names.empty()) {
    comment.field = names.back();
    names.pop_back();
  }
  if (names.size() != 2)
    return errors.refuse(
        ErrorKind::invalid_rule, comment.place,
        "name the view in full: COMMENT ON COLUMN customer.email_changed.email IS ...");
  comment.rule = fmt::format("{}.{}", names[0], names[1]);
  errors.set_rule(comment.rule);
  const auto* text_node = child(node, "comment");
  if (text_node == nullptr)
    return errors.refuse(ErrorKind::unsupported, comment.place,
                         "IS NULL takes a comment away: leave the statement out");
  const auto text = trimmed(text_child(node, "comment"));
  if (comment.field.empty() && looks_like_bulk(text))
    return read_bulk(errors, text_child(node, "comment"), std::move(comment));
  if (comment.field.empty() || !looks_like_pii(text)) {
    comment.description = text;
    return comment;
  }
  // The tags fill the first line; what stands below it describes the field.
  const auto tags = text.substr(0, text.find('\n'));
  comment.description = trimmed(text.substr(tags.size()));
  if (tags.substr(0, pii_prefix.size()) == pii_prefix)
    comment.pii_tags = read_pii_tags(tags.substr(pii_prefix.size()));
  // A tag that is only nearly one would leave the field untagged.
  if (comment.pii_tags.empty())
    return errors.refuse(ErrorKind::invalid_rule, comment.place,
                         "a PII tag is written 'pii: user.contact.email': lower-case words joined "
                         "by dots, several tags separated by commas");
  return comment;
}

}  // namespace wakestream::mapping
