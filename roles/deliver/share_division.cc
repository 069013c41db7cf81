#include "roles/deliver/share_division.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "log/for_each_record.h"
#include "roles/deliver/delivery_records.h"
#include "roles/deliver/store_rebuild.h"
#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

namespace {

// In partition 0 of the topic of shares.
constexpr std::string_view division_key{"division"};

log::Error otherwise(const Topics& topics, std::string_view is, std::int32_t wanted) {
  return {log::ErrorKind::topic_shape,
          fmt::format("{} by topic {}, and is configured with shares: {}. All instances must have "
                      "the same. To change it: stop all of them, delete the topic, start them with "
                      "the new number",
                      is, topics.shares, wanted)};
}

log::Result<bool> is_on_record(log::EventLog& event_log, const Topics& topics,
                               log::Milliseconds deadline) {
  bool found = false;
  auto read = log::for_each_record(event_log, topics.shares, deadline,
                                   [&found](const log::StoredRecord& record) {
                                     found = found || record.key == division_key;
                                     return !found;
                                   });
  if (!read) return tl::unexpected(std::move(read.error()));
  return found;
}

log::Result<std::unique_ptr<log::Writer>> open(log::EventLog& event_log, std::string name,
                                               const DivisionBy& by) {
  return event_log.open_writer({std::move(name), by.incarnation, by.deadline, by.deadline});
}

// Whoever may still hold a share of a former division commits nothing any more.
log::Result<void> end_shares_of(const Recorded& recorded, log::EventLog& event_log,
                                const Topics& topics, const DivisionBy& by) {
  std::set<std::int32_t> counts;
  for (const auto& [partition, state] : recorded.states) counts.insert(state.share_count);
  counts.erase(1);
  for (const auto count : counts)
    for (std::int32_t number = 0; number < count; ++number)
      if (auto ended =
              open(event_log, Topics::writer_of(topics.undivided_writer, {number, count}), by);
          !ended)
        return tl::unexpected(std::move(ended.error()));
  return {};
}

Decision ended_by_division(const LogReplayState& replay, const DivisionBy& by) {
  Decision decision;
  decision.id = replay.command.id;
  decision.command = replay.command.name;
  decision.who = replay.command.who;
  decision.why = replay.command.why;
  decision.reason =
      "the consumer's number of shares was changed meanwhile; what it had moved goes out. Give it "
      "again for the rest";
  decision.moved = replay.moved;
  decision.decided_by = by.incarnation;
  decision.decided_at_ms = by.now_ms;
  return decision;
}

// Each share's own state, and the progress of its partitions, and nobody else's.
log::Result<void> produce_states(log::Writer& writer, const Topics& topics, const Recorded& found,
                                 std::int32_t share_count, const DivisionBy& by) {
  capture::RecordBatch stale;
  for (const auto& [partition, state] : found.states)
    if (partition >= share_count)
      stale.add_tombstone(topics.lanes, partition, by.now_ms, consumer_state_key);
  for (const auto& [partition, replay] : found.replays)
    stale.add_tombstone(topics.lanes, partition, by.now_ms, log_replay_key);
  for (const auto& [place, progress] : found.progress_at)
    if (place.first != place.second % share_count)
      stale.add_tombstone(topics.lanes, place.first, by.now_ms, progress_key(place.second));
  for (std::size_t at = 0; at < stale.size(); ++at)
    if (auto produced = writer.produce(stale.at(at)); !produced) return produced;
  for (const auto& [partition, replay] : found.replays) {
    const auto whose = found.states.find(partition);
    if (whose == found.states.end()) continue;
    DeliveryRecords records(topics, {partition, whose->second.share_count});
    records.decision(ended_by_division(replay, by));
    if (auto produced = records.produce(writer); !produced) return produced;
  }
  auto state = found.state();
  if (!state) return {};
  // Its own probes, and what it was moving, are of letters that others have now.
  state->schedule.probes.clear();
  state->schedule.moving = false;
  for (std::int32_t number = 0; number < share_count; ++number) {
    const reading::Share share{number, share_count};
    DeliveryRecords records(topics, share);
    records.state(*state, by.now_ms);
    for (const auto& [place, progress] : found.progress_at)
      if (share.has(place.second)) records.progress(place.second, progress, by.now_ms);
    if (auto produced = records.produce(writer); !produced) return produced;
  }
  return {};
}

// By the undivided consumer's writer, which is open.
log::Result<void> put_division(log::EventLog& event_log, log::Writer& writer, const Topics& topics,
                               std::int32_t share_count, const DivisionBy& by) {
  auto found = read_states(event_log, topics, by.deadline);
  if (found && !found->is_divided_by(share_count)) {
    if (auto ended = end_shares_of(*found, event_log, topics, by); !ended) return ended;
    found = read_states(event_log, topics, by.deadline);
  }
  if (!found) return tl::unexpected(std::move(found.error()));
  if (auto begun = writer.begin(); !begun) return begun;
  if (!found->is_divided_by(share_count))
    if (auto produced = produce_states(writer, topics, *found, share_count, by); !produced)
      return produced;
  if (share_count > 1) {
    const auto text = write_record([&](capture::JsonWriter& json) {
      capture::put(json, "shares", std::int64_t{share_count});
      capture::put(json, "divided_by", by.incarnation);
      capture::put(json, "divided_at_ms", by.now_ms);
    });
    log::Record record;
    record.topic = topics.shares;
    record.key = division_key;
    record.value = text;
    record.timestamp_ms = by.now_ms;
    if (auto produced = writer.produce(record); !produced) return produced;
  }
  return writer.commit({});
}

}  // namespace

log::Result<void> check_division(log::EventLog& event_log, const Topics& topics,
                                 reading::Share share, log::Milliseconds deadline) {
  const auto found = event_log.end_offsets(topics.shares, deadline);
  if (share.is_all()) {
    // Who may not see such a topic has never divided anything.
    if (!found && (found.error().kind == log::ErrorKind::topic_missing ||
                   found.error().kind == log::ErrorKind::denied))
      return {};
    if (!found) return tl::unexpected(found.error());
    return tl::unexpected(
        otherwise(topics, fmt::format("the consumer is divided by {}", found->size()), 1));
  }
  if (!found) return tl::unexpected(found.error());
  if (found->size() == static_cast<std::size_t>(share.count)) return {};
  return tl::unexpected(
      otherwise(topics, fmt::format("the consumer is divided by {}", found->size()), share.count));
}

log::Result<void> divide(log::EventLog& event_log, const Topics& topics, std::int32_t share_count,
                         const DivisionBy& by) {
  const auto divided = is_on_record(event_log, topics, by.deadline);
  if (!divided) return tl::unexpected(divided.error());
  if (*divided) return {};
  auto writer = open(event_log, topics.writer, by);
  if (!writer) return tl::unexpected(std::move(writer.error()));
  // Asked again: now it is final.
  const auto still = is_on_record(event_log, topics, by.deadline);
  if (!still) return tl::unexpected(still.error());
  if (*still) return {};
  return put_division(event_log, **writer, topics, share_count, by);
}

log::Result<OnRecord> read_share(log::EventLog& event_log, log::Writer& writer,
                                 const Topics& topics, reading::Share share, const DivisionBy& by,
                                 std::int32_t partition_count, std::size_t store_memory_bytes) {
  if (auto fits = check_division(event_log, topics, share, by.deadline); !fits)
    return tl::unexpected(std::move(fits.error()));
  while (true) {
    auto store = LaneStoreFile::make(store_memory_bytes);
    if (!store)
      return tl::unexpected(log::Error{log::ErrorKind::unreachable, std::move(store.error())});
    auto recorded = rebuild(event_log, topics, partition_count, by.deadline, **store, share);
    if (!recorded) return tl::unexpected(std::move(recorded.error()));
    if (recorded->is_divided_by(share.count))
      return OnRecord{std::move(*store), std::move(*recorded)};
    if (!share.is_all())
      return tl::unexpected(log::Error{log::ErrorKind::topic_shape,
                                       "the consumer was divided by another number meanwhile"});
    // Then all of it is read again, behind whatever those who had shares could still commit.
    if (auto whole = put_division(event_log, writer, topics, share.count, by); !whole)
      return tl::unexpected(std::move(whole.error()));
  }
}

}  // namespace wakestream::deliver
