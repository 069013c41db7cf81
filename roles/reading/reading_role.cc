#include "roles/reading/reading_role.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "roles/capture/wall_time.h"

namespace wakestream::reading {

namespace {

using capture::action::Level;

// On the embedded log it is waited for another process so long, and the wish to end with it.
constexpr log::Milliseconds open_deadline{5'000};
// How long a pause may keep the wish to end waiting.
constexpr log::Milliseconds stop_wait{200};
constexpr log::Milliseconds standby_pause{1'000};
constexpr std::int64_t quiet_ms = 3'600'000;

std::int64_t mono_ms() { return capture::time_now().mono_ms; }

}  // namespace

ReadingRole::ReadingRole(log::EventLog& event_log, Options options)
    : log_(event_log), options_(std::move(options)), course_(options_.course, options_.words) {}

int ReadingRole::run() {
  while (!options_.stop_requested()) {
    const auto done = work();
    writer_.reset();
    reader_.reset();
    end();
    if (done) continue;
    const auto answer = course_.failed(done.error().step, done.error().error);
    if (answer.ends) {
      say(Level::error, answer.event, answer.message, sums());
      return 1;
    }
    if (!answer.event.empty()) say(Level::warning, answer.event, answer.message);
    pause(answer.pause_ms);
  }
  say(Level::info, std::string(options_.words.stopped), std::string(options_.words.has_stopped),
      sums());
  return 0;
}

// Until it is to end (or stands by), or something fails.
Outcome<void> ReadingRole::work() {
  if (auto opened = open(); !opened || !writer_) return opened;
  if (auto begun = begin(); !begun) return begun;
  while (!options_.stop_requested())
    if (auto done = step(); !done) return done;
  return finish();
}

// Without a writer afterwards another instance is at work.
Outcome<void> ReadingRole::open() {
  // As it is: a transaction that somebody who died left open is ended by opening the writer.
  auto committed = at(Step::find_events, ask_committed(log::Settled::as_it_is));
  if (!committed) return tl::make_unexpected(std::move(committed.error()));
  if (!course_.may_write(positions_of(*committed), by_another(*committed), mono_ms())) {
    if (!std::exchange(told_standby_, true))
      say(Level::warning, std::string(options_.words.stand_by),
          std::string(options_.words.is_standing_by));
    pause(standby_pause.count());
    return {};
  }
  told_standby_ = false;
  if (auto made = make_topics(); !made) return made;
  auto writer =
      at(Step::open_writer,
         log_.open_writer({options_.writer, options_.incarnation, open_deadline, log_deadline}));
  if (!writer) return tl::make_unexpected(std::move(writer.error()));
  // Asked again: now it is final.
  committed = at(Step::open_reader, ask_committed(log::Settled::required));
  if (!committed) return tl::make_unexpected(std::move(committed.error()));
  auto positions = positions_of(*committed);
  if (auto fits = at(Step::open_reader, are_of_this_topic(positions)); !fits) return fits;
  auto reader = at(Step::open_reader, log_.open_reader_at(options_.events, positions));
  if (!reader) return tl::make_unexpected(std::move(reader.error()));
  positions_ = std::move(positions);
  writer_ = std::move(*writer);
  reader_ = std::move(*reader);
  return {};
}

log::Result<std::vector<log::CommittedOffset>> ReadingRole::ask_committed(log::Settled settled) {
  return log_.committed_offsets(
      {options_.group, options_.events, settled,
       [this](std::int32_t partition) { return options_.share.has(partition); }},
      log_deadline);
}

Positions ReadingRole::positions_of(const std::vector<log::CommittedOffset>& committed) const {
  Positions positions;
  positions.reserve(committed.size());
  for (const auto& one : committed)
    positions.push_back(options_.share.has(static_cast<std::int32_t>(positions.size()))
                            ? one.next_offset
                            : log::left_out);
  return positions;
}

bool ReadingRole::by_another(const std::vector<log::CommittedOffset>& committed) const {
  std::int32_t number = 0;
  return std::any_of(committed.begin(), committed.end(), [&](const auto& one) {
    return options_.share.has(number++) && !one.writer.empty() &&
           one.writer != options_.incarnation;
  });
}

// A group that has read further than the topic goes belongs to one that was there before.
log::Result<void> ReadingRole::are_of_this_topic(const Positions& positions) {
  const auto ends = log_.end_offsets(options_.events, log_deadline);
  if (!ends) return tl::make_unexpected(ends.error());
  for (std::size_t number = 0; number < positions.size(); ++number) {
    if (positions[number] <= (*ends)[number]) continue;
    return tl::make_unexpected(log::Error{
        log::ErrorKind::topic_shape,
        fmt::format("group {} has read topic {}, partition {}, up to offset {}, and the topic "
                    "ends at {}: it was made anew, or a copy was put back. To begin again with "
                    "all that it has: let the log forget the group",
                    options_.group, options_.events, number, positions[number], (*ends)[number])});
  }
  return {};
}

Outcome<void> ReadingRole::begin_at_end() {
  auto ends = at(Step::open_reader, log_.end_offsets(options_.events, log_deadline));
  if (!ends) return tl::make_unexpected(std::move(ends.error()));
  for (std::size_t number = 0; number < ends->size(); ++number)
    if (!options_.share.has(static_cast<std::int32_t>(number))) (*ends)[number] = log::left_out;
  auto reader = at(Step::open_reader, log_.open_reader_at(options_.events, *ends));
  if (!reader) return tl::make_unexpected(std::move(reader.error()));
  positions_ = std::move(*ends);
  reader_ = std::move(*reader);
  return {};
}

log::ConsumedOffsets ReadingRole::consumed(const Positions& next) const {
  log::ConsumedOffsets offsets{options_.group, {}};
  for (std::size_t number = 0; number < next.size(); ++number)
    if (next[number] != log::left_out)
      offsets.positions.push_back(
          {options_.events, static_cast<std::int32_t>(number), next[number]});
  return offsets;
}

void ReadingRole::wrote(Positions next) {
  positions_ = std::move(next);
  wrote_at_ms_ = mono_ms();
  if (course_.wrote())
    say(Level::info, std::string(options_.words.back), std::string(options_.words.is_back));
}

bool ReadingRole::is_quiet() const { return mono_ms() - wrote_at_ms_ >= quiet_ms; }

void ReadingRole::pause(std::int64_t pause_ms) const {
  const auto until = mono_ms() + pause_ms;
  while (!options_.stop_requested() && mono_ms() < until)
    std::this_thread::sleep_for(std::min(stop_wait, log::Milliseconds{until - mono_ms() + 1}));
}

void ReadingRole::say(Level level, std::string event, std::string message, Fields fields) const {
  if (options_.say) options_.say({level, std::move(event), std::move(message), std::move(fields)});
}

}  // namespace wakestream::reading
