#include "roles/capture/replay_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "roles/capture/table_check.h"

namespace wakestream::capture {

namespace {

constexpr std::size_t step_bytes_max = 4U << 20U;
constexpr log::Milliseconds deadline{10'000};

const cdc::Relation* find_table(const Tables& tables, const std::string& name) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const cdc::Relation& table) {
    return table.schema + "." + table.name == name;
  });
  return found == tables.end() ? nullptr : &*found;
}

}  // namespace

std::shared_ptr<const Tables> tables_of(std::span<const cdc::PublishedTable> published) {
  Tables tables;
  for (const auto& table : published) {
    tables.push_back(relation_of(table));
    tables.back().id = static_cast<std::uint32_t>(tables.size());
  }
  return std::make_shared<const Tables>(std::move(tables));
}

log::Result<std::unique_ptr<ReplaySource>> ReplaySource::open(
    log::EventLog& event_log, const std::string& topic, RowFilter filter, std::int64_t from,
    std::int64_t end, std::shared_ptr<const Tables> tables, Limits limits) {
  auto reader = event_log.open_reader(topic, log::ReadFrom::earliest);
  if (!reader) return tl::make_unexpected(reader.error());
  std::unique_ptr<ReplaySource> source(new ReplaySource(event_log, topic, limits));
  source->reader_ = std::move(*reader);
  source->filter_ = std::move(filter);
  source->position_ = source->window_end_ = from;
  source->end_ = end;
  source->tables_ = std::move(tables);
  return source;
}

log::Result<void> ReplaySource::open_window() {
  waiting_.clear();
  window_end_ = end_;
  return for_each_quarantined(event_log_, topic_, deadline, [this](const QuarantineRecord& record) {
    if (!record.resolved.empty()) {
      waiting_.erase(record.key);
    } else if (record.offset >= position_ && record.offset < window_end_ && filter_.takes(record)) {
      if (waiting_.size() < limits_.window_rows)
        waiting_.insert(record.key);
      else
        window_end_ = record.offset;
    }
    return true;
  });
}

log::Result<ReplayStep> ReplaySource::next() {
  ReplayStep step;
  step.tables = tables_;
  std::size_t bytes = 0;
  using Clock = std::chrono::steady_clock;
  auto give_up = Clock::now() + deadline;
  while (position_ < end_) {
    if (pending_.empty()) {
      auto batch = reader_->poll(limits_.step_rows, log::Milliseconds{20});
      if (!batch) return tl::make_unexpected(batch.error());
      if (batch->records.empty()) {
        if (reader_->at_end()) break;  // retention took what was there
        if (Clock::now() < give_up) continue;
        return tl::make_unexpected(
            log::Error{log::ErrorKind::unreachable, "the quarantine could not be read in time"});
      }
      give_up = Clock::now() + deadline;
      pending_ = std::move(batch->records);
      std::reverse(pending_.begin(), pending_.end());
    }
    const auto offset = pending_.back().offset;
    if (offset >= end_) break;
    if (offset >= window_end_) {
      position_ = std::max(position_, offset);
      if (auto opened = open_window(); !opened) return tl::make_unexpected(opened.error());
      give_up = Clock::now() + deadline;
    }
    auto record = quarantine_record(std::move(pending_.back()));
    pending_.pop_back();
    if (offset < position_) continue;
    position_ = offset + 1;
    if (!record.resolved.empty() || !filter_.takes(record) || !waiting_.contains(record.key))
      continue;
    bytes += record.row.size();
    step.changes.push_back(prepared(std::move(record)));
    if (step.changes.size() >= limits_.step_rows || bytes >= step_bytes_max) {
      if (position_ < end_) step.next_step = position_;
      return step;
    }
  }
  position_ = end_;
  return step;
}

QuarantinedChange ReplaySource::prepared(QuarantineRecord record) const {
  QuarantinedChange change;
  const auto row = std::exchange(record.row, {});
  change.record = std::move(record);
  const auto* table = find_table(*tables_, change.record.table);
  if (change.record.rule.empty() || row.empty()) {
    change.problem = "the row was too large to be kept";
  } else if (table == nullptr) {
    change.problem = "the publication has no table " + change.record.table + " now";
  } else if (auto read = mapping::read_row_json(row, *table); read) {
    change.row = std::move(*read);
  } else {
    change.problem = read.error();
  }
  return change;
}

}  // namespace wakestream::capture
