#include "roles/deliver/store_rebuild.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "log/for_each_record.h"
#include "roles/deliver/lane_record.h"

namespace wakestream::deliver {

namespace {

// A sentence, when the record cannot be read; else empty.
using Problem = std::string;

template <class Key, class T>
Problem take(std::map<Key, T>& into, const Key& key, const log::StoredRecord& record,
             tl::expected<T, std::string> (*decode)(std::string_view)) {
  into.erase(key);
  if (record.tombstone) return {};
  auto read = decode(record.value);
  if (!read) return std::move(read.error());
  into.emplace(key, std::move(*read));
  return {};
}

tl::expected<Progress, std::string> decode_progress(std::string_view json) {
  auto progress = Progress::decode(json);
  if (!progress) return tl::unexpected(Problem("the progress cannot be read"));
  return std::move(*progress);
}

// What is on record of the consumer as such; nothing: it is a lane's.
std::optional<Problem> take_consumer_record(const log::StoredRecord& record, Recorded& recorded) {
  const auto stands_in = record.partition;
  if (record.key == early_progress_key)
    return take(recorded.early_progress, stands_in, record, decode_progress);
  if (const auto partition = read_progress_key(record.key))
    return take(recorded.progress_at, std::pair(stands_in, *partition), record, decode_progress);
  if (record.key == consumer_state_key)
    return take(recorded.states, stands_in, record, decode_state);
  if (record.key == log_replay_key)
    return take(recorded.replays, stands_in, record, decode_log_replay);
  return std::nullopt;
}

Problem take_lane_record(const log::StoredRecord& record, Recorded& recorded, LaneStore& store) {
  if (auto problem = take_consumer_record(record, recorded)) return std::move(*problem);
  if (record.tombstone) {
    store.remove_lane(record.key);
    return {};
  }
  if (record.key.empty() || record.key.front() == '\0')
    return "its key is none that this release knows";
  const auto lane = decode_lane(record.value);
  if (!lane) return lane.error();
  store.put_lane(record.key, *lane);
  return {};
}

Problem take_letter_record(const log::StoredRecord& record, LaneStore& store) {
  if (record.tombstone) {
    const auto name = read_letter_key(record.key);
    if (!name) return "its key is no letter's";
    store.remove_letter(name->account, name->offset);
    return {};
  }
  const auto letter = read_letter(record);
  if (!letter) return "the letter cannot be read";
  store.put_letter(*letter);
  return {};
}

log::Error unreadable(const std::string& topic, const log::StoredRecord& record,
                      const Problem& problem) {
  return {log::ErrorKind::corrupt, fmt::format("topic {}, partition {}, offset {}: {}", topic,
                                               record.partition, record.offset, problem)};
}

log::Result<void> read_topic(log::EventLog& event_log, const std::string& topic,
                             std::int32_t partition_count, reading::Share share,
                             log::Milliseconds deadline, LaneStore& store,
                             const std::function<Problem(const log::StoredRecord&)>& take_record) {
  std::optional<log::Error> failed;
  const auto visit = [&](const log::StoredRecord& record) {
    const auto problem = record.partition < partition_count
                             ? take_record(record)
                             : fmt::format("the topic is to have {} partitions", partition_count);
    if (!problem.empty())
      failed = unreadable(topic, record, problem);
    else if (auto failure = store.take_failure(); !failure.empty())
      failed = log::Error{log::ErrorKind::unreachable, std::move(failure)};
    return !failed;
  };
  auto read = share.is_all()
                  ? log::for_each_record(event_log, topic, deadline, visit)
                  : log::for_each_record(event_log, topic, share.beginnings(partition_count),
                                         deadline, visit);
  if (read && failed) return tl::unexpected(std::move(*failed));
  return read;
}

}  // namespace

// What is newer has heard of more commands, or was paused later.
std::optional<ConsumerState> Recorded::state() const {
  std::optional<ConsumerState> newest;
  for (const auto& [partition, state] : states) {
    const auto rank = [](const ConsumerState& one) {
      return std::tuple(one.paused, one.since_ms, one.commands_read);
    };
    if (!newest || rank(*newest) < rank(state)) newest = state;
  }
  for (const auto& [partition, state] : states)
    newest->commands_read = std::min(newest->commands_read, state.commands_read);
  return newest;
}

log::Result<Recorded> read_states(log::EventLog& event_log, const Topics& topics,
                                  log::Milliseconds deadline) {
  Recorded recorded;
  std::optional<log::Error> failed;
  auto read =
      log::for_each_record(event_log, topics.lanes, deadline, [&](const log::StoredRecord& record) {
        const auto problem = take_consumer_record(record, recorded).value_or(Problem{});
        if (!problem.empty()) failed = unreadable(topics.lanes, record, problem);
        return !failed;
      });
  if (read && failed) return tl::unexpected(std::move(*failed));
  if (!read) return tl::unexpected(std::move(read.error()));
  return recorded;
}

bool Recorded::is_divided_by(std::int32_t share_count) const {
  return std::ranges::all_of(states, [share_count](const auto& state) {
    return state.first < share_count && state.second.share_count == share_count;
  });
}

log::Result<Recorded> rebuild(log::EventLog& event_log, const Topics& topics,
                              std::int32_t partition_count, log::Milliseconds deadline,
                              LaneStore& store, reading::Share share) {
  Recorded recorded;
  recorded.progress.resize(static_cast<std::size_t>(partition_count));
  auto read = read_topic(
      event_log, topics.lanes, partition_count, share, deadline, store,
      [&](const log::StoredRecord& record) { return take_lane_record(record, recorded, store); });
  if (read)
    read = read_topic(
        event_log, topics.dead_letters, partition_count, share, deadline, store,
        [&](const log::StoredRecord& record) { return take_letter_record(record, store); });
  if (!read) return tl::unexpected(std::move(read.error()));
  for (const auto& [partition, progress] : recorded.early_progress)
    recorded.progress[static_cast<std::size_t>(partition)] = progress;
  for (const auto& [place, progress] : recorded.progress_at)
    if (place.second < partition_count)
      recorded.progress[static_cast<std::size_t>(place.second)] = progress;
  return recorded;
}

log::Result<std::vector<Progress>> where_it_goes_on(log::EventLog& event_log, const Topics& topics,
                                                    const Recorded& recorded,
                                                    const std::vector<std::int64_t>& positions,
                                                    log::Milliseconds deadline) {
  const auto ends = event_log.end_offsets(topics.events, deadline);
  if (!ends) return tl::unexpected(ends.error());
  std::vector<Progress> progress;
  for (std::size_t number = 0; number < positions.size(); ++number) {
    if (positions[number] == log::left_out) {
      progress.emplace_back();
      continue;
    }
    progress.push_back(recorded.progress.at(number).value_or(Progress(positions[number])));
    if (progress.back().next() <= ends->at(number)) continue;
    return tl::unexpected(log::Error{
        log::ErrorKind::topic_shape,
        fmt::format("topic {} says that partition {} of the events was delivered up to offset {}, "
                    "and it ends at {}: the events were made anew, or a copy was put back. To "
                    "begin again with all that they have: delete this topic",
                    topics.lanes, number, progress.back().next(), ends->at(number))});
  }
  return progress;
}

}  // namespace wakestream::deliver
