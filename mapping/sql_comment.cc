#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "mapping/sql_view.h"

namespace wakestream::mapping {

namespace {

constexpr std::string_view pii_prefix = "pii:";

bool is_tag_character(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

// user.contact.email: words joined by dots.
bool is_tag(std::string_view tag) {
  bool word_begun = false;
  for (const char letter : tag) {
    if (letter == '.' && !word_begun) return false;
    if (letter != '.' && !is_tag_character(letter)) return false;
    word_begun = letter != '.';
  }
  return word_begun;
}

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view{} : text.substr(first, last + 1 - first);
}

bool looks_like_pii(std::string_view text) {
  if (text.size() < 3) return false;
  const auto lower = [&](std::size_t at) {
    return std::tolower(static_cast<unsigned char>(text[at]));
  };
  const bool begins = lower(0) == 'p' && lower(1) == 'i' && lower(2) == 'i';
  return begins && (text.size() == 3 || std::isalnum(static_cast<unsigned char>(text[3])) == 0);
}

// Tags are separated by commas. Empty: not well-formed.
std::vector<std::string> read_tags(std::string_view list) {
  std::vector<std::string> tags;
  while (true) {
    const auto comma = list.find(',');
    const auto tag = trimmed(list.substr(0, comma));
    if (!is_tag(tag)) return {};
    tags.emplace_back(tag);
    if (comma == std::string_view::npos) return tags;
    list.remove_prefix(comma + 1);
  }
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
  const auto* wrapped = child(node, "object");
  const auto object = wrapped == nullptr ? TypedSqlNode{} : typed(*wrapped);
  auto names =
      object.kind == "List" ? name_list(*object.node, "items") : std::vector<std::string_view>{};
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
    comment.pii_tags = read_tags(tags.substr(pii_prefix.size()));
  // A tag that is only nearly one would leave the field untagged.
  if (comment.pii_tags.empty())
    return errors.refuse(ErrorKind::invalid_rule, comment.place,
                         "a PII tag is written 'pii: user.contact.email': lower-case words joined "
                         "by dots, several tags "
                         "separated by commas");
  return comment;
}

}  // namespace wakestream::mapping
