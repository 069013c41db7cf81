// The rules of a pipeline, loaded once, immutable afterwards: SQL views over the change stream, or
// the same said in YAML (mapping/yaml_rules.h), told apart by the file's name.
//
//   CREATE VIEW customer.email_changed AS
//   SELECT new.account_id, new.version, new.banner, new.jurisdiction, new.consent, old.email AS
//   previous_email, new.email FROM graph.account WHERE op = 'UPDATE' AND old.email IS DISTINCT FROM
//   new.email; COMMENT ON COLUMN customer.email_changed.email IS 'pii: user.contact.email';
//
// The view's name is the event type, one view a type. The language is an immutable subset of
// PostgreSQL's: what an expression means is what it means there; everything outside is refused
// here, with file, line and column.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/error.h"

namespace wakestream::mapping {

struct Rule;  // mapping/rule.h: the one rule object that every form of a rule compiles to

struct RuleSource {
  std::string name;  // the file's name, for errors
  std::string text;
};

class RuleSet {
 public:
  // All problems of all files at once, not only the first.
  static tl::expected<RuleSet, std::vector<Error>> parse(std::span<const RuleSource> sources);
  // Reads the files first; one that cannot be read is an error of kind syntax.
  static tl::expected<RuleSet, std::vector<Error>> load(std::span<const std::string> paths);

  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet();

  std::span<const Rule> rules() const;
  // Event types in the order of the files; a rule's index here is Event::rule_index.
  std::vector<std::string> event_types() const;
  // "schema.table", each once.
  std::vector<std::string> tables() const;
  bool has_table(const std::string& table) const;
  // Does a rule join the account context?
  bool joins_context() const;
  // An error at each rule that does, for whoever has no context to give.
  std::vector<Error> refuse_context(std::string_view why) const;
  // Of the normalized rules (not of white space and comments): changes exactly when an event could
  // change.
  const std::string& hash() const;

 private:
  RuleSet();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::mapping
