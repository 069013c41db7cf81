// The rows that a replay from quarantine is about, a step at a time, ready to be mapped.
//
// Used by one thread. What a step holds is bounded by rows and by bytes. Whether a row was resolved
// stands behind it in the topic, as far as its end: so for many rows at once the rest of the topic
// is read first, and what is kept of it are the keys of those rows that wait. Their number is
// bounded too: a quarantine of more rows is read once more for each such window.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cdc/session/replication_session.h"
#include "log/event_log.h"
#include "mapping/row_json_reader.h"
#include "roles/capture/quarantine.h"

namespace wakestream::capture {

// The tables as they are now; rows point into it.
using Tables = std::vector<cdc::Relation>;
std::shared_ptr<const Tables> tables_of(std::span<const cdc::PublishedTable> published);

struct QuarantinedChange {
  QuarantineRecord record;  // without its row
  mapping::KeptRow row;
  std::string problem;  // why there is no row to map: the table is gone, it was too large, ...
};

struct ReplayStep {
  std::shared_ptr<const Tables> tables;
  std::vector<QuarantinedChange> changes;
  std::optional<std::int64_t> next_step;  // where the next begins; nothing: this was the last
};

class ReplaySource {
 public:
  struct Limits {
    std::size_t step_rows = 500;
    std::size_t window_rows = 100'000;  // some 15 MiB of keys
  };
  // Rows that `filter` takes, from offset `from` on and before offset `end`. `event_log` outlives
  // it.
  static log::Result<std::unique_ptr<ReplaySource>> open(log::EventLog& event_log,
                                                         const std::string& topic, RowFilter filter,
                                                         std::int64_t from, std::int64_t end,
                                                         std::shared_ptr<const Tables> tables,
                                                         Limits limits);
  log::Result<ReplayStep> next();
  std::int64_t position() const { return position_; }

 private:
  ReplaySource(log::EventLog& event_log, std::string topic, Limits limits)
      : event_log_(event_log), topic_(std::move(topic)), limits_(limits) {}
  // From the position on.
  log::Result<void> open_window();
  QuarantinedChange prepared(QuarantineRecord record) const;

  log::EventLog& event_log_;
  std::string topic_;
  Limits limits_;
  std::unique_ptr<log::Reader> reader_;
  std::vector<log::StoredRecord> pending_;   // read and not looked at, the newest first
  std::unordered_set<std::string> waiting_;  // keys of rows of the window that are not resolved
  std::int64_t window_end_ = 0;
  RowFilter filter_;
  std::int64_t position_ = 0;
  std::int64_t end_ = 0;
  std::shared_ptr<const Tables> tables_;
};

}  // namespace wakestream::capture
