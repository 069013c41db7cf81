#include "roles/capture/waiting_rows.h"

#include <utility>

#include "mapping/row_json_reader.h"

namespace wakestream::capture {

void WaitingRows::on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) {
  if (empty()) return out_.on_event(origin, event);
  const std::string account_id(event.account_id);
  if (!queues_.contains(account_id)) return out_.on_event(origin, event);
  Waiting waiting;
  waiting.origin = origin;
  waiting.rule_index = event.rule_index;
  waiting.rule = event.type;
  waiting.table = event.table;
  waiting.payload = event.payload;
  waiting.schema_version = event.schema_version;
  waiting.bulk = event.bulk;
  keep(account_id, std::move(waiting));
}

void WaitingRows::on_account_missing(const mapping::ChangeOrigin& origin,
                                     const mapping::MissingAccount& missing,
                                     const mapping::QuarantinedRow& row) {
  Waiting waiting;
  waiting.origin = origin;
  waiting.rule_index = missing.rule_index;
  waiting.rule = row.rule;
  waiting.table = row.table;
  waiting.column = row.column;
  waiting.reason = row.reason;
  waiting.row = row.row;
  waiting.relation = shared(*missing.relation);
  keep(std::string(missing.account_id), std::move(waiting));
}

void WaitingRows::keep(const std::string& account_id, Waiting waiting) {
  auto& queue = queues_[account_id];
  if (queue.empty()) order_.push_back(account_id);
  ++count_;
  bytes_ += waiting.byte_count();
  queue.push_back(std::move(waiting));
}

std::shared_ptr<const cdc::Relation> WaitingRows::shared(const cdc::Relation& relation) {
  const bool same =
      relation_ && relation_->id == relation.id && relation_->revision == relation.revision;
  if (!same) relation_ = std::make_shared<const cdc::Relation>(relation);
  return relation_;
}

void WaitingRows::account_known(const std::string& account_id, mapping::Mapper& mapper) {
  if (empty()) return;
  const auto found = queues_.find(account_id);
  if (found == queues_.end()) return;
  const auto queue = std::move(found->second);
  queues_.erase(found);
  std::erase(order_, account_id);
  count_ -= queue.size();
  for (const auto& waiting : queue) bytes_ -= waiting.byte_count();
  if (queues_.empty()) clear();
  let_go(account_id, queue, mapper);
}

void WaitingRows::settle(mapping::Mapper& mapper) {
  const auto queues = std::exchange(queues_, {});
  const auto order = std::exchange(order_, {});
  clear();
  for (const auto& account_id : order) let_go(account_id, queues.at(account_id), mapper);
}

void WaitingRows::clear() {
  queues_.clear();
  order_.clear();
  relation_.reset();
  count_ = bytes_ = 0;
}

void WaitingRows::let_go(const std::string& account_id, const Queue& queue,
                         mapping::Mapper& mapper) {
  for (const auto& waiting : queue) {
    if (!waiting.relation) {
      mapping::Event event;
      event.type = waiting.rule;
      event.rule_index = waiting.rule_index;
      event.account_id = account_id;
      event.table = waiting.table;
      event.payload = waiting.payload;
      event.schema_version = waiting.schema_version;
      event.bulk = waiting.bulk;
      out_.on_event(waiting.origin, event);
      continue;
    }
    auto row = mapping::read_row_json(waiting.row, *waiting.relation);
    if (!row) {
      quarantine(waiting, row.error());
      continue;
    }
    row->change.ordinal = waiting.origin.ordinal;
    // To the recorder: an account that is not known even now is quarantined there.
    if (auto mapped = mapper.map_by_rule(waiting.rule_index, waiting.origin, row->change, out_);
        !mapped)
      quarantine(waiting, mapped.error().message);
  }
}

void WaitingRows::quarantine(const Waiting& waiting, std::string_view reason) {
  out_.on_quarantined(waiting.origin,
                      {waiting.rule, waiting.table, waiting.column, reason, waiting.row});
}

}  // namespace wakestream::capture
