// Row change in, events out.
//
// A mapper binds the rules of a rule set to the tables that the stream describes: when a table is
// first seen or described anew, each of its rules is checked against the columns, types and replica
// identity that are really there. A rule that cannot be bound is an error of map(), at the first
// row of that table: never a wrong event. Rules of other tables go on.
//
// Pure apart from its buffers. Not thread-safe. The rule set must outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cdc/row_change.h"
#include "mapping/account_context.h"
#include "mapping/error.h"
#include "mapping/event.h"
#include "mapping/rule_set.h"

namespace wakestream::mapping {

// What a live table looks like, when it is checked before the first row comes (`check`, and the
// start of `run`).
struct TableShape {
  cdc::Relation relation;  // revision is ignored
  // Of a partitioned table the tables that hold its rows, with the columns of the whole. Old rows
  // are in the WAL by their replica identity.
  std::vector<cdc::Relation> parts;
  std::string publication;  // its name
  // By cdc::Operation, without snapshot: what the publication leaves out never comes, and nothing
  // says so.
  std::array<bool, 4> published{true, true, true, true};
};

class Mapper {
 public:
  // `context` is where rules that join it find it, and outlives the mapper. Without one no account
  // is known.
  explicit Mapper(const RuleSet& rules, ContextLookup* context = nullptr);
  ~Mapper();
  Mapper(const Mapper&) = delete;
  Mapper& operator=(const Mapper&) = delete;

  // Maps one row change: zero or more calls of the sink. A row whose values make an expression fail
  // goes to on_quarantined, once for each rule that failed, and is no error here.
  // Where a rule joins the context of an account that is not known, on_account_missing is called
  // instead. While the context is not filled such rules give nothing.
  Result<void> map(const ChangeOrigin& origin, const cdc::RowChange& change, EventSink& sink);
  // The same for one rule alone, whether or not the context is filled.
  Result<void> map_by_rule(std::uint16_t rule_index, const ChangeOrigin& origin,
                           const cdc::RowChange& change, EventSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Every rule against the tables as they are now: missing tables and columns, types that do not fit,
// a replica identity that is too small, operations that are not published. All problems at once.
std::vector<Error> check_rules(const RuleSet& rules, std::span<const TableShape> tables);

// The types of the events that a row of a snapshot of this table may give; empty when no rule takes
// such rows, or none of them fits the table.
std::vector<std::string> snapshot_event_types(const RuleSet& rules, const cdc::Relation& table);

}  // namespace wakestream::mapping
