#include "app/dead_letters/read_lanes.h"

#include <utility>

#include "app/log_failure.h"
#include "roles/deliver/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds lanes_deadline{10'000};

tl::unexpected<log::Error> store_failed(std::string sentence) {
  return tl::make_unexpected(log::Error{log::ErrorKind::unreachable, std::move(sentence)});
}

}  // namespace

log::Result<std::optional<WaitingLanes>> read_lanes(log::EventLog& event_log,
                                                    const std::string& pipeline,
                                                    const std::string& consumer) {
  const deliver::Topics topics(pipeline, consumer);
  const auto ends = event_log.end_offsets(topics.lanes, lanes_deadline);
  if (!ends && ends.error().kind == log::ErrorKind::topic_missing) return std::nullopt;
  if (!ends) return tl::make_unexpected(ends.error());
  auto store = deliver::LaneStoreFile::make();
  if (!store) return store_failed(std::move(store.error()));
  auto recorded = deliver::rebuild(event_log, topics, static_cast<std::int32_t>(ends->size()),
                                   lanes_deadline, **store);
  if (!recorded) return tl::make_unexpected(std::move(recorded.error()));
  return WaitingLanes{std::move(*store), std::move(*recorded)};
}

log::Result<void> is_sound(deliver::LaneStore& store) {
  auto failure = store.take_failure();
  if (failure.empty()) return {};
  return store_failed(std::move(failure));
}

int say_unreadable(Logger& logger, const log::Error& error) {
  return say_log_failure(logger, "dead_letters_unreadable", error);
}

}  // namespace wakestream::app
