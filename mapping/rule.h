// The one rule object: what both forms of a rule, SQL and YAML, compile to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/error.h"
#include "mapping/expression.h"
#include "mapping/place.h"

namespace wakestream::mapping {

// One field of the event's payload.
struct Field {
  std::string name;
  Expression value;
  std::string sql;                    // the value as it was written, on one line
  std::vector<std::string> pii_tags;  // COMMENT ON COLUMN ... IS 'pii: user.contact.email'
  std::string description;            // any other COMMENT ON COLUMN
  Place place;
};

struct Rule {
  std::string type;  // the event type: the view's name, "customer.email_changed"
  std::string description;
  std::string table_schema;
  std::string table_name;
  std::vector<Field> fields;  // in the payload's order
  std::optional<Expression> condition;
  std::string condition_sql;  // as it was written, on one line; empty without a condition
  // Where it is true, the event is part of a bulk change; it says nothing of whether there is one.
  std::optional<Expression> bulk;
  std::string bulk_sql;  // as condition_sql
  std::string file;
  Place place;        // of the view's name
  Place table_place;  // of the table in FROM
  // JOIN context USING (account_id): with the context of the event's account, as of the change.
  bool joins_context = false;
  Place context_place;
};

// What is wrong at this place of the rule's file; names the rule and its table.
Error error_at(const Rule& rule, ErrorKind kind, Place place, std::string message);

}  // namespace wakestream::mapping
