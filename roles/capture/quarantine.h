// The quarantine topic, read back: rows that became no event of a rule, and what became of them.
//
// A row's record has the key `<epoch>-<commit LSN>-<ordinal>-<rule>` and says in headers which
// rule, table and column, and why. When the row was replayed, a record with the same key and the
// header `resolved` follows it, in the log transaction of its event.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "log/event_log.h"
#include "mapping/event.h"

namespace wakestream::capture {

struct QuarantineRecord {
  std::int64_t offset = 0;
  std::string key;
  std::string resolved;  // what became of the row that has this key; empty: this is the row
  std::string rule;      // empty: the row change was too large for any
  std::string table;
  std::string column;
  std::string reason;
  std::string lsn;   // as text
  std::string time;  // RFC 3339
  mapping::ChangeOrigin origin;
  std::string row;  // mapping/row_json.h; empty when it was too large to be kept
  // Of an event that was too large for the log, instead of the row.
  std::string account;
  std::string hash;  // of account and payload: says whether two are the same
};

// Nothing that anybody put there is taken on trust: a record of another form has no rule and no
// row.
QuarantineRecord quarantine_record(log::StoredRecord record);

// Every record that is committed now, in order, until `visit` returns false. An error when nothing
// comes for `deadline`.
log::Result<void> for_each_quarantined(log::EventLog& event_log, const std::string& topic,
                                       log::Milliseconds deadline,
                                       const std::function<bool(QuarantineRecord)>& visit);

// The keys of rows that are resolved already.
using ResolvedKeys = std::unordered_set<std::string>;
log::Result<ResolvedKeys> resolved_keys(log::EventLog& event_log, const std::string& topic,
                                        log::Milliseconds deadline);

struct RowFilter {
  std::string rule;   // empty: every rule
  std::string table;  // empty: every table
  bool takes(const QuarantineRecord& record) const {
    return (rule.empty() || record.rule == rule) && (table.empty() || record.table == table);
  }
};

}  // namespace wakestream::capture
