#include "roles/deliver/log_replay.h"

#include <algorithm>
#include <utility>

#include "log/reader_positions.h"

namespace wakestream::deliver {

namespace {

constexpr std::size_t batch_records = 500;
constexpr std::size_t batches_at_once = 10;
// Lanes that may be tried now: with so many the next ones can wait in the log.
constexpr std::size_t due_max = 500;
// What one transaction takes.
constexpr std::int64_t moved_at_once = 500;

}  // namespace

bool is_wanted(const LogChoice& choice, const log::StoredRecord& event,
               const IsSubscribed& is_subscribed, LaneStore& store) {
  const auto range = in_range(choice, event);
  if (range == InRange::before || !takes(choice, event)) return false;
  if (range == InRange::behind && !store.is_noted(event.key)) return false;
  if (!is_subscribed(event)) return false;
  store.note(event.key);
  return true;
}

LogReplay::LogReplay(log::EventLog& event_log, std::string events, LogReplayState state)
    : log_(event_log), events_(std::move(events)), state_(std::move(state)) {}

log::Result<std::unique_ptr<LogReplay>> LogReplay::open(log::EventLog& event_log,
                                                        const std::string& events,
                                                        LogReplayState state, Lanes& lanes,
                                                        LaneStore& store) {
  std::unique_ptr<LogReplay> replay(new LogReplay(event_log, events, std::move(state)));
  for (const auto& progress : lanes.all_progress()) replay->known_.push_back(progress.end());
  store.forget_noted();
  lanes.remember_erasures(true);
  if (auto begun = replay->read_from_the_beginning(); !begun)
    return tl::unexpected(std::move(begun.error()));
  return replay;
}

log::Result<void> LogReplay::read_from_the_beginning() {
  // Where nothing was read by then, or others read, there is nothing to replay.
  std::vector<std::int64_t> beginnings;
  for (const auto known : known_) beginnings.push_back(known > 0 ? 0 : log::left_out);
  auto reader = log_.open_reader_at(events_, beginnings);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  reader_ = std::move(*reader);
  read_.assign(state_.end.size(), 0);
  return {};
}

log::Result<bool> LogReplay::step(Lanes& lanes, LaneStore& store, const IsSubscribed& is_subscribed,
                                  std::int64_t now_ms) {
  if (looked_) return move(lanes, store, is_subscribed, now_ms);
  auto looked = look_for_deletions(lanes, store);
  if (!looked) return looked;
  looked_ = *looked;
  if (looked_)
    if (auto begun = read_from_the_beginning(); !begun)
      return tl::unexpected(std::move(begun.error()));
  return false;
}

log::Result<bool> LogReplay::look_for_deletions(Lanes& lanes, LaneStore& store) {
  for (std::size_t count = 0; count < batches_at_once; ++count) {
    auto batch = reader_->poll(batch_records, log::Milliseconds{0});
    if (!batch && batch.error().kind == log::ErrorKind::removed) continue;
    if (!batch) return tl::unexpected(std::move(batch.error()));
    for (const auto& event : batch->records) {
      if (static_cast<std::size_t>(event.partition) < read_.size())
        read_[static_cast<std::size_t>(event.partition)] = event.offset + 1;
      if (lanes.erases(event)) store.note_erasure(event.key, event.offset);
    }
    if (has_passed(known_)) return true;
    if (batch->records.empty()) break;
  }
  return false;
}

log::Result<bool> LogReplay::move(Lanes& lanes, LaneStore& store, const IsSubscribed& is_subscribed,
                                  std::int64_t now_ms) {
  for (const auto turn : {Turn::live, Turn::bulk})
    if (store.due(turn, now_ms, due_max).size() >= due_max) return false;
  const auto moved_before = state_.moved;
  for (std::size_t count = 0; count < batches_at_once; ++count) {
    auto batch = reader_->poll(batch_records, log::Milliseconds{0});
    // Retention was faster: what is left of the range is replayed.
    if (!batch && batch.error().kind == log::ErrorKind::removed) continue;
    if (!batch) return tl::unexpected(std::move(batch.error()));
    for (auto& event : batch->records) take(std::move(event), lanes, store, is_subscribed, now_ms);
    if (has_passed(state_.end)) return true;
    if (batch->records.empty() || state_.moved - moved_before >= moved_at_once) break;
  }
  return false;
}

void LogReplay::take(log::StoredRecord event, Lanes& lanes, LaneStore& store,
                     const IsSubscribed& is_subscribed, std::int64_t now_ms) {
  const auto at = static_cast<std::size_t>(event.partition);
  if (at >= read_.size()) return;
  read_[at] = event.offset + 1;
  if (event.offset >= state_.end[at]) return;
  const bool is_new = event.offset >= state_.next[at];
  state_.next[at] = std::max(state_.next[at], event.offset + 1);
  if (!is_wanted(state_.command.log, event, is_subscribed, store)) return;
  if (is_new && lanes.send_again(std::move(event), state_.command.id, now_ms)) ++state_.moved;
}

// A last record may be none that a reader gets (Kafka's marks of transactions), so what was read
// does not tell.
bool LogReplay::has_passed(const std::vector<std::int64_t>& ends) const {
  return std::ranges::equal(read_, ends, std::ranges::greater_equal{}) ||
         log::has_passed(*reader_, ends);
}

}  // namespace wakestream::deliver
