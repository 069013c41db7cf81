#include <fmt/format.h>

#include "mapping/pii_tag.h"
#include "mapping/sql_view.h"

namespace wakestream::mapping {

namespace {

constexpr std::string_view pii_prefix = "pii:";

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
