#include "roles/capture/context_feed.h"

#include <fmt/format.h>

#include <utility>

#include "context/catch_up.h"
#include "log/partition.h"
#include "mapping/row_json.h"

namespace wakestream::capture {

namespace {

// Of an account. It goes with every event that joins it.
constexpr std::size_t record_bytes_max = std::size_t{64} << 10U;

}  // namespace

ContextFeed::ContextFeed(Options options, const Topics& topics, RecordBatch& batch,
                         EventRecorder& recorder)
    : options_(std::move(options)),
      topics_(topics),
      batch_(batch),
      recorder_(recorder),
      deletions_({options_.pipeline, options_.key_store, options_.given_up_keys}, topics, batch),
      waiting_(recorder) {
  if (options_.rule) reader_ = std::make_unique<mapping::ContextReader>(*options_.rule);
}

ContextFeed::~ContextFeed() = default;

tl::expected<const context::AccountRecord*, std::string> ContextFeed::Base::find(
    std::string_view account_id) {
  if (!store) return nullptr;
  return store->find(account_id);
}

tl::expected<void, std::string> ContextFeed::Base::apply(const context::AccountLayer& layer) {
  if (!store) return {};
  return store->apply(layer);
}

std::optional<Input> ContextFeed::catch_up(log::EventLog& event_log, log::Settled settled,
                                           const std::optional<Checkpoint>& checkpoint,
                                           log::Milliseconds deadline,
                                           const std::function<bool()>& goes_on) {
  if (!is_kept()) return std::nullopt;
  if (auto read = catch_up_with_topic(event_log, checkpoint, deadline, goes_on); !read)
    return input::LogFailed{std::move(read.error())};
  if (settled != log::Settled::required) return std::nullopt;
  return deletions_.get_key(event_log, deadline);
}

log::Result<void> ContextFeed::catch_up_with_topic(log::EventLog& event_log,
                                                   const std::optional<Checkpoint>& checkpoint,
                                                   log::Milliseconds deadline,
                                                   const std::function<bool()>& goes_on) {
  // As the topic was made, whatever the configuration says now.
  const auto ends = event_log.end_offsets(topics_.context, deadline);
  if (!ends) return tl::unexpected(ends.error());
  partition_count_ = static_cast<std::int32_t>(ends->size());
  // The store is of this log alone: another cluster's, or another birth's, begins anew.
  auto identity = options_.pipeline;
  if (checkpoint)
    identity +=
        fmt::format(" {} {}", checkpoint->system_identifier, cdc::to_string(checkpoint->born_at));
  if (!base_.store || store_identity_ != identity) {
    base_.store.reset();  // its lock goes first
    auto store = context::AccountStore::open(options_.store, identity, partition_count_);
    if (!store)
      return tl::unexpected(log::Error{log::ErrorKind::unreachable, std::move(store.error())});
    base_.store = std::move(*store);
    store_identity_ = identity;
  }
  // A pipeline that is yet to be born knows nothing, whatever one of its name has left here.
  if (!checkpoint)
    if (auto forgotten = base_.store->forget(); !forgotten)
      return tl::unexpected(log::Error{log::ErrorKind::unreachable, forgotten.error()});
  return context::catch_up(event_log, topics_.context, *base_.store, deadline, goes_on);
}

void ContextFeed::write(std::string_view account_id, std::string_view value, bool tombstone,
                        std::int64_t time_ms) {
  const auto partition = log::partition_of(account_id, partition_count_);
  if (tombstone) {
    batch_.add_tombstone(topics_.context, partition, time_ms, account_id);
  } else {
    batch_.add(topics_.context, partition, time_ms, account_id, {}, value);
  }
}

void ContextFeed::empty_context(cdc::Lsn as_of, std::int64_t time_ms) {
  layers_.remove_every();
  const auto value = context::encode_every_account_gone(as_of);
  for (std::int32_t partition = 0; partition < partition_count_; ++partition)
    batch_.add(topics_.context, partition, time_ms, {}, {}, value);
}

// Also of an account that is not known (any more, or not yet): its row was there until now.
void ContextFeed::note_deletion(const mapping::ChangeOrigin& origin, std::string_view account_id) {
  const auto* known = layers_.record(account_id);
  deletions_.add(
      origin, account_id,
      known == nullptr ? std::nullopt : known->context.at(mapping::ContextColumn::jurisdiction));
}

mapping::Result<void> ContextFeed::take(const mapping::ChangeOrigin& origin,
                                        const cdc::RowChange& row, mapping::Mapper& mapper) {
  if (!is_kept() || !reader_->reads(*row.relation)) return {};
  const auto read = reader_->read(row);
  if (!read) return tl::unexpected(read.error());
  const auto& change = **read;
  const auto time_ms = origin.commit_time_us / 1000;
  if (change.every_account_gone) empty_context(origin.commit_lsn, time_ms);
  // An id that changes is no deletion.
  if (row.operation == cdc::Operation::remove && !change.gone.empty())
    note_deletion(origin, change.gone);
  if (!change.gone.empty() && layers_.remove(change.gone)) write(change.gone, {}, true, time_ms);
  const context::AccountRecord record{change.context, origin.commit_lsn};
  const auto value = change.account_id.empty() ? std::string() : context::encode_account(record);
  const bool too_large = value.size() > record_bytes_max;
  if (!change.problem.empty() || too_large) {
    // Better unknown than what it was before.
    if (!change.account_id.empty() && layers_.remove(change.account_id))
      write(change.account_id, {}, true, time_ms);
    std::string kept;
    mapping::append_row_json(row, kept);
    recorder_.on_quarantined(
        origin, {"context", reader_->rule().table(), change.field,
                 too_large ? "an account's context has more than 64 KiB" : change.problem, kept});
    return {};
  }
  if (change.account_id.empty()) return {};
  if (layers_.put(change.account_id, record)) write(change.account_id, value, false, time_ms);
  waiting_.account_known(change.account_id, mapper);
  return {};
}

Input ContextFeed::or_failure(Input answer) {
  auto failure = layers_.take_failure();
  if (failure_.empty() && !failure.empty())
    failure_ = failure + "; when it is not the disk, delete the file: it is made anew from the log";
  if (failure_.empty()) return answer;
  const bool of_chunk = std::holds_alternative<input::ChunkApplied>(answer) ||
                        std::holds_alternative<input::ChunkFailed>(answer);
  if (of_chunk) return input::ChunkFailed{failure_, false};
  const bool of_fill = std::holds_alternative<input::AccountsTaken>(answer) ||
                       std::holds_alternative<input::FillFailed>(answer);
  if (of_fill) return input::FillFailed{failure_, false};
  return input::RuleBroken{failure_};
}

}  // namespace wakestream::capture
