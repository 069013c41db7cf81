#include "context/catch_up.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace wakestream::context {

namespace {

// What is held in memory at once of what is read.
constexpr std::size_t batch_records = 2'000;

tl::unexpected<log::Error> failed(std::string sentence) {
  return tl::unexpected(log::Error{log::ErrorKind::unreachable, std::move(sentence)});
}

}  // namespace

log::Result<void> TopicFollower::open() {
  const auto ends = log_.end_offsets(topic_, log::Milliseconds{10'000});
  if (!ends) return tl::unexpected(ends.error());
  bool fits = ends->size() == store_.positions().size();
  for (std::size_t at = 0; fits && at < ends->size(); ++at)
    fits = store_.positions()[at] <= (*ends)[at];
  if (!fits)
    if (auto forgotten = store_.forget(); !forgotten) return failed(forgotten.error());
  auto reader = log_.open_reader_at(topic_, store_.positions());
  if (!reader) return tl::unexpected(std::move(reader.error()));
  reader_ = std::move(*reader);
  return {};
}

log::Result<bool> TopicFollower::step(log::Milliseconds wait) {
  if (!reader_)
    if (auto opened = open(); !opened) return tl::unexpected(std::move(opened.error()));
  auto batch = reader_->poll(batch_records, wait);
  if (!batch) return tl::unexpected(std::move(batch.error()));
  std::vector<AccountUpdate> updates;
  updates.reserve(batch->records.size());
  auto positions = store_.positions();
  for (auto& record : batch->records) {
    AccountUpdate update{record.partition, std::move(record.key), std::nullopt};
    if (!record.tombstone && !update.account_id.empty()) {
      auto decoded = decode_account(record.value);
      if (!decoded)
        return tl::unexpected(
            log::Error{log::ErrorKind::corrupt,
                       fmt::format("topic {}, partition {}, offset {}: {}", topic_,
                                   record.partition, record.offset, decoded.error())});
      update.record = std::move(*decoded);
    }
    positions.at(static_cast<std::size_t>(record.partition)) = record.offset + 1;
    updates.push_back(std::move(update));
  }
  if (!updates.empty())
    if (auto taken = store_.take(updates, positions); !taken) return failed(taken.error());
  return reader_->at_end();
}

log::Result<void> catch_up(log::EventLog& event_log, const std::string& topic, AccountStore& store,
                           log::Milliseconds deadline, const std::function<bool()>& goes_on) {
  using Clock = std::chrono::steady_clock;
  TopicFollower follower(event_log, topic, store);
  auto give_up = Clock::now() + deadline;
  while (goes_on() && Clock::now() < give_up) {
    const auto before = store.positions();
    const auto at_end = follower.step(log::Milliseconds{20});
    if (!at_end) return tl::unexpected(at_end.error());
    if (store.positions() != before) give_up = Clock::now() + deadline;
    if (!*at_end) continue;
    if (auto whole = store.filled(); !whole) return failed(whole.error());
    return {};
  }
  return failed("the end of topic " + topic + " was not reached in time");
}

}  // namespace wakestream::context
