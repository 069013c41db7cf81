// A typed change event, before it is put into a record: the event's identity, its subject and its
// payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cdc/lsn.h"
#include "cdc/relation.h"

namespace wakestream::mapping {

// The place of a change in the stream: what event ids are made of.
struct ChangeOrigin {
  std::uint32_t epoch = 0;  // raised only by an operator's decision
  cdc::Lsn commit_lsn;
  std::int64_t commit_time_us = 0;  // since the Unix epoch
  std::uint64_t ordinal = 0;        // of the row change in its transaction, from 1
  std::string bulk = {};  // the name of the bulk change that it is part of; empty: of none
};

// Sorts what is not a change, but said at that place, behind the last commit passed.
// A late one has it in its sequence: rows of snapshots, and what is replayed.
enum class EventKind : std::uint8_t { change = 0, snapshot = 1, late = 2 };

// `<epoch 8>-<commit LSN 16>-<kind 1>-<ordinal 12>-<event 4>`, hexadecimal, upper case, fixed
// width: string order is commit order. `type_index` is the type's index in the pipeline's registry,
// which only grows.
std::string event_id(const ChangeOrigin& origin, EventKind kind, std::uint16_t type_index);

// Views belong to the mapper and are valid during the sink's call.
struct Event {
  std::string_view type;            // "customer.email_changed"
  std::uint16_t rule_index = 0;     // in the rule set; the registry turns it into the type's index
  std::string_view account_id;      // text form; never empty
  std::string_view table;           // "graph.account"
  std::string_view payload;         // a JSON object: the rule's columns in their order
  std::string_view schema_version;  // of the event type: a short hash of its fields and their types
  bool bulk = false;                // its rule says that it is part of a bulk change
};

// A row that could not become an event. What stands here is no cell value: the row itself goes into
// the record's value, which lives in the private quarantine topic.
struct QuarantinedRow {
  std::string_view rule;    // "customer.email_changed"
  std::string_view table;   // "graph.account"
  std::string_view column;  // of the event; may be empty
  std::string_view reason;  // a sentence without values
  std::string_view row;  // JSON: operation, before and after as text, nulls, and what was not sent
};

// Whose context a rule joined, and did not find.
struct MissingAccount {
  std::uint16_t rule_index = 0;
  std::string_view account_id;
  const cdc::Relation* relation = nullptr;  // that `row` below is of
};

// Receives what a row change gives, in order. Implemented by whoever stores or prints events.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const ChangeOrigin& origin, const Event& event) = 0;
  virtual void on_quarantined(const ChangeOrigin& origin, const QuarantinedRow& row) = 0;
  // The row is quarantined, unless whoever takes it knows that the account may still come.
  virtual void on_account_missing(const ChangeOrigin& origin, const MissingAccount&,
                                  const QuarantinedRow& row) {
    on_quarantined(origin, row);
  }
};

}  // namespace wakestream::mapping
