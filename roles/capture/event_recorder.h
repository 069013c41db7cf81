// From an event to a record: CloudEvents 1.0 in binary mode (attributes as ce_ headers, the value
// is the plain payload).
//
// Source: CloudEvents specification 1.0.2, "Kafka Protocol Binding", binary content mode.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cdc/snapshot/row_key.h"
#include "mapping/event.h"
#include "roles/capture/action.h"
#include "roles/capture/quarantine.h"
#include "roles/capture/record_batch.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

// Which row of which snapshot an event is about: the same for the same row, however often it is
// read.
struct SnapshotRow {
  std::uint32_t epoch = 1;
  std::uint64_t snapshot = 0;  // its number
  cdc::Lsn began_at;
  cdc::RowKey key;
  std::string_view consumer = {};  // for whom alone; empty: for everybody
};

// The n-th record, from 1, of those that are said at one place.
mapping::ChangeOrigin late_origin(std::uint32_t epoch, const LatePlace& place, std::uint64_t n,
                                  std::int64_t time_us);

// Hears of every event that goes into a batch, and of its sequence.
class RecordedEvents {
 public:
  virtual ~RecordedEvents() = default;
  virtual void on_recorded(const mapping::Event& event, std::string_view sequence) = 0;
};

class EventRecorder final : public mapping::EventSink {
 public:
  struct Options {
    std::string pipeline;
    std::int32_t event_partition_count = 1;
    // A record beyond this cannot be stored: its row goes to quarantine instead.
    std::size_t record_bytes_max = 1'000'000;
  };

  // `topics` and `batch` belong to the caller and outlive this object.
  EventRecorder(Options options, const Topics& topics, RecordBatch& batch);

  // The type's index in every id from now on: its place in `registry`. `rule_types` are the rule
  // set's types in its order.
  void adopt_registry(const std::vector<std::string>& registry,
                      const std::vector<std::string>& rule_types);
  // Is there as long as anything is recorded.
  void set_listener(RecordedEvents& listener) { listener_ = &listener; }
  void set_record_bytes_max(std::size_t bytes_max) { options_.record_bytes_max = bytes_max; }
  void set_event_partition_count(std::int32_t count) { options_.event_partition_count = count; }

  void on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) override;
  void on_quarantined(const mapping::ChangeOrigin& origin,
                      const mapping::QuarantinedRow& row) override;

  // How many rows went to quarantine since this was asked last, and where the first of them is
  // from.
  struct Quarantined {
    std::uint64_t count = 0;
    std::string rule, table, column, reason, lsn;
  };
  const Quarantined& quarantined() const { return quarantined_; }
  Quarantined take_quarantined() { return std::exchange(quarantined_, {}); }

  // An event of a change that is long past, replayed: its id is the change's, its sequence is
  // `late`'s. False, and nothing is recorded, when it is too large for the log.
  bool on_late_event(const mapping::ChangeOrigin& origin, const mapping::Event& event,
                     const mapping::ChangeOrigin& late);
  // An event of a row that a snapshot read: its id is the row's, its sequence is `late`'s.
  void on_snapshot_event(const SnapshotRow& row, const mapping::Event& event,
                         const mapping::ChangeOrigin& late);
  // A row beyond row_bytes_max: its place is kept, without its values.
  void on_too_large(const mapping::ChangeOrigin& origin, std::string_view table, std::size_t bytes,
                    std::size_t bytes_max);
  // What became of a row that was in quarantine.
  void on_resolved(const QuarantineRecord& record, std::string_view resolved,
                   std::string_view command_id);

 private:
  // What an event's record says of where it stands.
  struct Place {
    std::string_view id;
    std::string_view sequence;       // empty: the id
    std::string_view mark;           // a header that says what it is, ...
    std::string_view mark_value;     // ... and this; none: an ordinary event
    std::string_view consumer = {};  // for whom alone it is; empty: for everybody
  };
  void note_commit(const mapping::ChangeOrigin& origin);
  // `account_id` and `hash`: of an event of the row, where the row itself is not kept.
  void quarantine(const mapping::ChangeOrigin& origin, const mapping::QuarantinedRow& row,
                  std::string_view account_id, std::string_view hash);
  std::string id_of(const mapping::ChangeOrigin& origin, mapping::EventKind kind,
                    const mapping::Event& event) const;
  // The size, when it is too large and was not added; else 0.
  std::size_t add_event(const mapping::ChangeOrigin& origin, const mapping::Event& event,
                        const Place& place);
  void quarantine_too_large(const mapping::ChangeOrigin& origin, const mapping::Event& event,
                            std::size_t bytes);

  Options options_;
  const Topics& topics_;
  RecordBatch& batch_;
  RecordedEvents* listener_ = nullptr;
  std::vector<std::uint16_t> type_indexes_;  // by rule
  std::string constant_headers_;             // packed: the same for every event
  std::string headers_;
  std::string value_;
  Quarantined quarantined_;
  // Of the commit that was seen last.
  std::int64_t commit_time_us_ = -1;
  cdc::Lsn commit_lsn_;
  std::string commit_time_text_;
  std::string commit_lsn_text_;
};

}  // namespace wakestream::capture
