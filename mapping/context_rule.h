// Which table gives the context of accounts, and how: the `context:` section of the configuration,
// read as five SQL expressions over that table's rows.
//
// An INSERT, an UPDATE or a row of a snapshot gives the account its context; a DELETE, and an
// UPDATE that changes the account's id, take it away; a TRUNCATE takes it from every account.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cdc/row_change.h"
#include "mapping/account_context.h"
#include "mapping/context_source.h"
#include "mapping/error.h"
#include "mapping/mapper.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

// Immutable.
class ContextRule {
 public:
  static tl::expected<ContextRule, std::vector<Error>> parse(const ContextSource& source);

  const Rule& rule() const { return *rule_; }
  std::string table() const;  // "graph.account"
  // Changes exactly when what it says of an account could change.
  const std::string& hash() const { return hash_; }
  // Against the tables as they are now: it is published with every operation, has the columns, and
  // its replica identity is enough.
  std::vector<Error> check(std::span<const TableShape> tables) const;

 private:
  std::shared_ptr<const Rule> rule_;
  std::string hash_;
};

// What a row of the table says.
struct ContextChange {
  bool every_account_gone = false;
  std::string gone;        // this account is; empty: none
  std::string account_id;  // this one has `context` now; empty: none
  AccountContext context;
  // Why the row says nothing of `account_id`, whose context is then not known any more.
  std::string_view problem;
  std::string_view field;  // of the context, that has the problem
};

// Reads rows of the one table. Not thread-safe.
class ContextReader {
 public:
  explicit ContextReader(ContextRule rule);
  ~ContextReader();

  const ContextRule& rule() const { return rule_; }
  bool reads(const cdc::Relation& relation) const;
  // The error is a table that the context does not fit. Valid until the next call.
  Result<const ContextChange*> read(const cdc::RowChange& change);

 private:
  struct State;
  ContextRule rule_;
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::mapping
