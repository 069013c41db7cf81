#include "roles/capture/event_recorder.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/partition.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

namespace {

// What a record needs beside key, headers and value, in the widest format we know (Kafka's batch
// and record headers).
constexpr std::size_t record_overhead_bytes = 512;
// A quarantined row is kept whole up to here; beyond, its place and reason are.
constexpr std::size_t quarantined_row_bytes_max = 256U << 10U;

// All sixteen digits, upper case; by hand, because a snapshot does it twice a row.
void append_hex(std::string& out, std::uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4)
    out.push_back("0123456789ABCDEF"[(value >> static_cast<unsigned>(shift)) & 0xFU]);
}

}  // namespace

// Commits begin at even positions, so one byte before the end of the last is nobody's.
mapping::ChangeOrigin late_origin(std::uint32_t epoch, const LatePlace& place, std::uint64_t n,
                                  std::int64_t time_us) {
  return {epoch, cdc::Lsn{place.said_at.value() - 1}, time_us, place.late_events + n};
}

EventRecorder::EventRecorder(Options options, const Topics& topics, RecordBatch& batch)
    : options_(std::move(options)), topics_(topics), batch_(batch) {
  log::HeaderWriter constant(constant_headers_);
  constant.add("ce_specversion", "1.0");
  constant.add("ce_source", "wakestream/" + options_.pipeline);
  constant.add("content-type", "application/json");
}

void EventRecorder::adopt_registry(const std::vector<std::string>& registry,
                                   const std::vector<std::string>& rule_types) {
  type_indexes_.clear();
  for (const auto& type : rule_types) {
    const auto place = std::find(registry.begin(), registry.end(), type) - registry.begin();
    type_indexes_.push_back(static_cast<std::uint16_t>(place));
  }
}

void EventRecorder::note_commit(const mapping::ChangeOrigin& origin) {
  if (origin.commit_time_us != commit_time_us_) {
    commit_time_us_ = origin.commit_time_us;
    commit_time_text_ = rfc3339(commit_time_us_);
  }
  if (origin.commit_lsn != commit_lsn_) {
    commit_lsn_ = origin.commit_lsn;
    // What is said late stands one byte before its place.
    commit_lsn_text_ = cdc::to_string(cdc::Lsn{commit_lsn_.value() + commit_lsn_.value() % 2});
  }
}

std::string EventRecorder::id_of(const mapping::ChangeOrigin& origin, mapping::EventKind kind,
                                 const mapping::Event& event) const {
  return mapping::event_id(origin, kind, type_indexes_[event.rule_index]);
}

std::size_t EventRecorder::add_event(const mapping::ChangeOrigin& origin,
                                     const mapping::Event& event, const Place& place) {
  note_commit(origin);
  headers_ = constant_headers_;
  log::HeaderWriter headers(headers_);
  headers.add("ce_id", place.id);
  headers.add("ce_type", event.type);
  headers.add("ce_subject", event.account_id);
  headers.add("ce_time", commit_time_text_);
  const auto sequence = place.sequence.empty() ? place.id : place.sequence;
  headers.add("ce_sequence", sequence);
  if (!place.mark.empty()) headers.add(place.mark, place.mark_value);
  if (!place.consumer.empty()) headers.add("ce_consumer", place.consumer);
  if (!origin.bulk.empty())
    headers.add("ce_bulk", origin.bulk);
  else if (event.bulk)
    headers.add("ce_bulk", event.type);
  headers.add("ce_lsn", commit_lsn_text_);
  headers.add("ce_table", event.table);
  headers.add("ce_schemaversion", event.schema_version);
  const auto size =
      event.account_id.size() + headers_.size() + event.payload.size() + record_overhead_bytes;
  if (size > options_.record_bytes_max) return size;
  batch_.add(topics_.events, log::partition_of(event.account_id, options_.event_partition_count),
             commit_time_us_ / 1000, event.account_id, headers_, event.payload);
  batch_.tally().add_event(type_indexes_[event.rule_index]);
  if (listener_ != nullptr) listener_->on_recorded(event, sequence);
  return 0;
}

void EventRecorder::on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) {
  const auto id = id_of(origin, mapping::EventKind::change, event);
  const auto size = add_event(origin, event, {id, {}, {}, {}});
  if (size > 0) quarantine_too_large(origin, event, size);
}

bool EventRecorder::on_late_event(const mapping::ChangeOrigin& origin, const mapping::Event& event,
                                  const mapping::ChangeOrigin& late) {
  const auto id = id_of(origin, mapping::EventKind::change, event);
  const auto sequence = id_of(late, mapping::EventKind::late, event);
  return add_event(origin, event, {id, sequence, "ce_late", "true"}) == 0;
}

void EventRecorder::on_snapshot_event(const SnapshotRow& row, const mapping::Event& event,
                                      const mapping::ChangeOrigin& late) {
  const mapping::ChangeOrigin of_row{row.epoch, row.began_at, 0, row.snapshot};
  auto id = id_of(of_row, mapping::EventKind::snapshot, event);
  id.reserve(id.size() + 33);
  id.push_back('-');
  append_hex(id, row.key.high);
  append_hex(id, row.key.low);
  const auto sequence = id_of(late, mapping::EventKind::late, event);
  const auto number = std::to_string(row.snapshot);
  const auto size = add_event(late, event, {id, sequence, "ce_snapshot", number, row.consumer});
  if (size > 0) quarantine_too_large(late, event, size);
}

void EventRecorder::quarantine_too_large(const mapping::ChangeOrigin& origin,
                                         const mapping::Event& event, std::size_t bytes) {
  const auto reason = fmt::format("the event has {} bytes, and the log takes records of at most {}",
                                  bytes, options_.record_bytes_max);
  cdc::RowKeyHash hash;
  const auto number = hash.add(event.account_id).add(event.payload).value();
  quarantine(origin, {event.type, event.table, {}, reason, {}}, event.account_id,
             fmt::format("{:016X}{:016X}", number.high, number.low));
}

void EventRecorder::on_too_large(const mapping::ChangeOrigin& origin, std::string_view table,
                                 std::size_t bytes, std::size_t bytes_max) {
  const auto reason = fmt::format(
      "the row change has {} bytes, more than source.row_bytes_max ({})", bytes, bytes_max);
  on_quarantined(origin, {"", table, "", reason, ""});
}

void EventRecorder::on_resolved(const QuarantineRecord& record, std::string_view resolved,
                                std::string_view command_id) {
  headers_.clear();
  log::HeaderWriter headers(headers_);
  headers.add("resolved", resolved);
  headers.add("rule", record.rule);
  headers.add("table", record.table);
  headers.add("command", command_id);
  headers.add("lsn", record.lsn);
  headers.add("time", record.time);
  batch_.add(topics_.quarantine, 0, record.origin.commit_time_us / 1000, record.key, headers_, {});
}

void EventRecorder::on_quarantined(const mapping::ChangeOrigin& origin,
                                   const mapping::QuarantinedRow& row) {
  quarantine(origin, row, {}, {});
}

void EventRecorder::quarantine(const mapping::ChangeOrigin& origin,
                               const mapping::QuarantinedRow& row, std::string_view account_id,
                               std::string_view hash) {
  note_commit(origin);
  if (quarantined_.count++ == 0) {
    quarantined_.rule = row.rule;
    quarantined_.table = row.table;
    quarantined_.column = row.column;
    quarantined_.reason = row.reason;
    quarantined_.lsn = commit_lsn_text_;
  }
  const auto key = fmt::format("{:08X}-{:016X}-{:012X}-{}", origin.epoch, origin.commit_lsn.value(),
                               origin.ordinal, row.rule);
  headers_.clear();
  log::HeaderWriter headers(headers_);
  headers.add("rule", row.rule);
  headers.add("table", row.table);
  headers.add("column", row.column);
  headers.add("reason", row.reason);
  headers.add("lsn", commit_lsn_text_);
  headers.add("time", commit_time_text_);
  headers.add("ordinal", std::to_string(origin.ordinal));
  if (!account_id.empty()) headers.add("account", account_id);
  if (!hash.empty()) headers.add("hash", hash);
  const bool kept = hash.empty() && row.row.size() <= std::min(quarantined_row_bytes_max,
                                                               options_.record_bytes_max / 2);
  if (!kept) headers.add("row", "left out: too large");
  batch_.add(topics_.quarantine, 0, commit_time_us_ / 1000, key, headers_,
             kept ? row.row : std::string_view{});
  batch_.tally().add_quarantined(row.rule);
}

}  // namespace wakestream::capture
