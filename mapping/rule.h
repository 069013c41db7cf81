// The one rule object: what every form of a rule, SQL today and YAML later, compiles to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/expression.h"
#include "mapping/place.h"

namespace wakestream::mapping {

// One field of the event's payload.
struct Field {
  std::string name;
  Expression value;
  std::vector<std::string> pii_tags;  // from COMMENT ON COLUMN ... IS 'pii: user.contact.email'
  std::string description;            // from any other COMMENT ON COLUMN
  Place place;
};

struct Rule {
  std::string type;  // the event type: the view's name, "customer.email_changed"
  std::string description;
  std::string table_schema;
  std::string table_name;
  std::vector<Field> fields;  // in the payload's order
  std::optional<Expression> condition;
  std::string file;
  Place place;        // of the view's name
  Place table_place;  // of the table in FROM
};

}  // namespace wakestream::mapping
