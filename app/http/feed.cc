#include "app/http/feed.h"

#include <fmt/format.h>

#include <algorithm>

namespace wakestream::app {

namespace {

// A server that is only busy moves its position within that time, while it decodes a large
// transaction too: it says so in keepalives.
constexpr std::int64_t held_back_after_ms = 10'000;
// When its walsender says what it waits for, less is enough.
constexpr std::int64_t held_back_seen_ms = 3'000;

Feed what_feeds(const capture::CaptureFacts& facts, const SourceView& source, std::int64_t now_ms) {
  if (facts.state != capture::State::streaming) return Feed::away;
  if (!facts.reads) return Feed::log_full;
  const auto still_ms = now_ms - facts.last_progress_ms;
  if (still_ms < held_back_seen_ms) return Feed::fed;
  if (!source.answers) return still_ms < held_back_after_ms ? Feed::fed : Feed::unknown;
  if (source.facts.wal_end <= facts.received) return Feed::quiet;
  const bool seen_waiting =
      source.facts.slot && source.facts.slot->wait_event == "WaitForStandbyConfirmation";
  if (seen_waiting) return Feed::held_back;
  if (still_ms >= held_back_after_ms &&
      source.history.beyond(facts.received, now_ms - held_back_after_ms))
    return Feed::held_back;
  return Feed::fed;
}

std::int64_t complete_through_ms(const capture::CaptureFacts& facts, const SourceView& source) {
  const auto durable = facts.durable ? facts.durable->read_through : cdc::Lsn();
  // A keepalive alone does not say what lies behind its position; the server's own answer does.
  const auto seen_ms =
      source.answers ? source.history.last_at_or_before(durable) : facts.caught_up_ms;
  const auto known_ms = std::max(seen_ms, facts.newest_commit_ms);
  if (known_ms > 0) return known_ms;
  // Since this process began nothing is known; the one before it wrote its last record then.
  const auto written_ms = facts.durable ? facts.durable->written_at_ms : 0;
  return written_ms > 0 ? std::min(written_ms, facts.started_ms) : facts.started_ms;
}

}  // namespace

std::string_view to_string(Feed feed) {
  switch (feed) {
    case Feed::away:
      return "away";
    case Feed::fed:
      return "fed";
    case Feed::quiet:
      return "quiet";
    case Feed::held_back:
      return "held_back";
    case Feed::log_full:
      return "log_full";
    case Feed::unknown:
      return "unknown";
  }
  return "";
}

std::string held_back_by(const cdc::SourceFacts& source) {
  if (!source.slot || !source.slot->failover) return {};
  for (const auto& standby : source.standby_slots) {
    if (standby.exists && standby.active) continue;
    return fmt::format(
        "PostgreSQL sends nothing before slot \"{}\" of synchronized_standby_slots has it, and {}",
        standby.name, standby.exists ? "no standby is connected to it" : "there is no such slot");
  }
  for (const auto& standby : source.standby_slots) {
    if (standby.restart_lsn < source.wal_end)
      return fmt::format(
          "PostgreSQL sends nothing before slot \"{}\" of synchronized_standby_slots has it, and "
          "its standby is behind",
          standby.name);
  }
  return {};
}

FeedFacts feed_of(const capture::CaptureFacts& facts, const SourceView& source,
                  std::int64_t now_ms) {
  FeedFacts answer;
  answer.feed = what_feeds(facts, source, now_ms);
  if (answer.feed == Feed::held_back) {
    answer.because = held_back_by(source.facts);
    if (answer.because.empty())
      answer.because = fmt::format(
          "PostgreSQL's log is at {}, and its walsender has sent nothing beyond {} for {:.0f} s",
          cdc::to_string(source.facts.wal_end), cdc::to_string(facts.received),
          static_cast<double>(now_ms - facts.last_progress_ms) / 1000);
  }
  const auto durable = facts.durable ? facts.durable->read_through : cdc::Lsn();
  const auto end = std::max(facts.received, source.facts.wal_end);
  if (durable.valid() && end > durable) answer.lag_bytes = end.value() - durable.value();
  if (answer.lag_bytes == 0 && answer.feed == Feed::quiet) return answer;
  const auto since_ms = std::max<std::int64_t>(0, now_ms - complete_through_ms(facts, source));
  answer.lag_seconds = static_cast<double>(since_ms) / 1000;
  return answer;
}

}  // namespace wakestream::app
