// CREATE VIEW ... AS SELECT ... FROM one table -> a rule; COMMENT ON -> what a rule's fields are
// tagged with.
#pragma once

#include "mapping/rule.h"
#include "mapping/sql_tree.h"

namespace wakestream::mapping {

// `view` is the inside of a ViewStmt. All problems of the rule at once.
tl::expected<Rule, std::vector<Error>> read_view(SqlErrors errors, const SqlNode& view);

// A COMMENT ON VIEW or COMMENT ON COLUMN, before it is known whether there is such a view.
struct RuleComment {
  std::string rule;
  std::string field;  // empty: of the view
  std::string description;
  std::vector<std::string> pii_tags;
  std::optional<Expression> bulk;  // of a view (mapping/bulk_tag.h)
  std::string bulk_sql;
  std::string file;
  Place place;
};

// `comment` is the inside of a CommentStmt.
Result<RuleComment> read_comment(SqlErrors errors, const SqlNode& comment);

}  // namespace wakestream::mapping
