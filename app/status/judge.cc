#include <fmt/format.h>

#include <algorithm>

#include "app/status/amounts.h"
#include "app/status/status.h"
#include "roles/capture/error_policy.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

namespace {

constexpr double seconds_left_min = 3'600;
// A checkpoint is at most 10 s old while a writer lives, and an instance that waits or starts does
// so for less than a minute.
constexpr std::int64_t stale_ms = 60'000;

class Judge {
 public:
  explicit Judge(const Status& status) : status_(status) {}

  Judgement judge() {
    positions();
    rate();
    could_it_be_asked();
    pipeline();
    if (status_.source) slot();
    process();
    if (status_.quarantine && status_.quarantine->count > 0) {
      const auto& waiting = *status_.quarantine;
      note(
          fmt::format("{}{} in quarantine: wakestream quarantine list says why",
                      waiting.whole ? "" : "at least ",
                      waiting.count == 1 ? "1 row is" : fmt::format("{} rows are", waiting.count)));
    }
    for (const auto& finding : answer_.findings) {
      if (finding.verdict == Verdict::needs_person) answer_.verdict = Verdict::needs_person;
      if (finding.verdict == Verdict::cannot_tell && answer_.verdict == Verdict::well)
        answer_.verdict = Verdict::cannot_tell;
    }
    return std::move(answer_);
  }

 private:
  void note(std::string sentence) { add(Verdict::well, std::move(sentence)); }
  void person(std::string sentence) { add(Verdict::needs_person, std::move(sentence)); }
  void add(Verdict verdict, std::string sentence) {
    answer_.findings.push_back({verdict, std::move(sentence)});
  }
  bool born() const {
    return status_.checkpoint && status_.checkpoint->birth == capture::Birth::born;
  }
  bool somebody_runs() const {
    return status_.process || (status_.source && !status_.source->lease_holder.empty());
  }
  std::int64_t checkpoint_age_ms() const {
    return std::max<std::int64_t>(0, status_.at_ms - status_.checkpoint->written_at_ms);
  }

  // A slot that keeps up is in no danger, however fast the server writes.
  static bool falls_behind(const cdc::WatchedSlot& slot) {
    if (!slot.safe_wal_bytes) return false;
    const auto room = slot.kept_wal_bytes + std::max<std::int64_t>(0, *slot.safe_wal_bytes);
    return slot.kept_wal_bytes > room / 10;
  }

  void positions() {
    if (status_.process) {
      answer_.lag_bytes = status_.process->lag_bytes;
      answer_.lag_seconds = status_.process->lag_seconds;
      answer_.lag_from = "the process's own word";
      answer_.feed = status_.process->feed;
      return;
    }
    if (!status_.source || !born()) return;
    const auto durable = status_.checkpoint->read_through;
    const auto end = status_.source->wal_end;
    answer_.lag_bytes = end > durable ? end.value() - durable.value() : 0;
    seconds();
    const auto& slot = status_.source->slot;
    if (!slot || !slot->active) {
      answer_.feed = "away";
    } else if (*answer_.lag_bytes == 0) {
      answer_.feed = "quiet";
    } else {
      const bool waits = slot->wait_event == "WaitForStandbyConfirmation";
      answer_.feed = waits ? "held_back" : "fed";
    }
  }

  // What is behind in bytes may have been committed just now or long ago.
  void seconds() {
    if (*answer_.lag_bytes == 0) {
      answer_.lag_seconds = 0;
      answer_.lag_from = "the log has what the server has";
    } else if (!somebody_runs()) {
      answer_.lag_seconds = static_cast<double>(checkpoint_age_ms()) / 1'000;
      answer_.lag_from = "since the last checkpoint; nobody has written since";
    } else if (status_.catching_up && status_.catching_up->caught_up) {
      answer_.lag_seconds = status_.catching_up->waited_s;
      answer_.lag_from = "measured: then the log had what the server had when it was asked";
    } else if (status_.catching_up) {
      answer_.lag_seconds_min = status_.catching_up->waited_s;
      bound_by_newest_event();
    }
  }

  // What was committed before it is in the log. Of quiet tables it is old without any lag.
  void bound_by_newest_event() {
    if (!status_.events || !status_.events->whole) return;
    const auto newest_us = capture::parse_rfc3339(status_.events->newest_commit);
    if (!newest_us) return;
    const auto age_ms = std::max<std::int64_t>(0, status_.at_ms - *newest_us / 1'000);
    answer_.lag_seconds = std::max(static_cast<double>(age_ms) / 1'000, *answer_.lag_seconds_min);
    answer_.lag_from = "when the newest event in the log was committed";
  }

  void rate() {
    if (status_.process && status_.process->wal_bytes_per_second) {
      answer_.wal_bytes_per_second = status_.process->wal_bytes_per_second;
      answer_.rate_from = "the last hour that the process saw";
    } else if (status_.source && born() && !somebody_runs() && checkpoint_age_ms() > stale_ms &&
               answer_.lag_bytes.value_or(0) > 0) {
      answer_.wal_bytes_per_second = static_cast<double>(*answer_.lag_bytes) * 1'000 /
                                     static_cast<double>(checkpoint_age_ms());
      answer_.rate_from = "the time since the last checkpoint";
    } else if (status_.source && status_.source->wal_seconds > 0) {
      answer_.wal_bytes_per_second = status_.source->wal_bytes / status_.source->wal_seconds;
      answer_.rate_from = "pg_stat_wal";
    }
    if (!status_.source || !status_.source->slot || !status_.source->slot->safe_wal_bytes) return;
    if (answer_.wal_bytes_per_second.value_or(0) <= 0) return;
    const auto left = std::max<std::int64_t>(0, *status_.source->slot->safe_wal_bytes);
    answer_.seconds_left = static_cast<double>(left) / *answer_.wal_bytes_per_second;
  }

  void could_it_be_asked() {
    const auto verdict = status_.process ? Verdict::well : Verdict::cannot_tell;
    if (!status_.source_problem.empty()) add(verdict, status_.source_problem);
    if (!status_.log_problem.empty()) add(verdict, status_.log_problem);
    if (!status_.process_address.empty() && !status_.process)
      note(fmt::format("nobody answers at metrics.listen ({})", status_.process_address));
  }

  void pipeline() {
    if (!status_.log_problem.empty()) return;
    if (!status_.checkpoint) return person("nothing was captured yet: start wakestream run");
    if (!born() && somebody_runs())
      note("the pipeline is being made: nothing streams yet");
    else if (!born())
      person("the pipeline's making was not finished: start wakestream run");
    if (somebody_runs() || !status_.source) {
      if (somebody_runs() && !status_.process && checkpoint_age_ms() > stale_ms)
        person(fmt::format("an instance holds the lease, and the last checkpoint is {} old",
                           duration_text(static_cast<double>(checkpoint_age_ms()) / 1'000)));
      return;
    }
    person("no instance runs, and PostgreSQL keeps its log for it: start wakestream run");
  }

  void slot() {
    const auto& found = status_.source->slot;
    if (!found) {
      if (born())
        person(
            fmt::format("the database has no slot \"{}\": what was written since the last "
                        "checkpoint is lost, unless it is another server",
                        status_.slot));
      return;
    }
    if (found->wal_status == "lost" || !found->invalidation.empty())
      return person(fmt::format("the slot is lost, and restarting cannot help: {}",
                                capture::why_lost(found->invalidation)));
    if (status_.source->in_recovery && found->synced)
      note(found->temporary
               ? "the slot is a standby's copy that would be lost at a promotion: see "
                 "docs/failover.md"
               : "the slot is a standby's copy, to be read when the standby is promoted");
    if (found->wal_status == "unreserved")
      person(
          "the slot is beyond max_slot_wal_keep_size and may be lost at the next checkpoint of "
          "PostgreSQL");
    if (falls_behind(*found) && answer_.seconds_left && *answer_.seconds_left < seconds_left_min)
      person(fmt::format("{} left before the slot may be lost (max_slot_wal_keep_size)",
                         duration_text(*answer_.seconds_left)));
    if (!status_.process && answer_.feed == "held_back") {
      const auto why = held_back_by(*status_.source);
      person("connected, but not fed: " +
             (why.empty() ? std::string("PostgreSQL waits for a standby") : why));
    }
  }

  void process() {
    if (!status_.process) return;
    const auto& answer = *status_.process;
    const auto age_ms = status_.at_ms - answer.stage_since_ms;
    const auto because = answer.because.empty() ? std::string() : ": " + answer.because;
    if (answer.feed == "held_back") person("connected, but not fed" + because);
    if (answer.stage == "streaming") return;
    const auto sentence = fmt::format("it is {} for {}{}", answer.stage,
                                      duration_text(static_cast<double>(age_ms) / 1'000), because);
    if (answer.waits_for == "lease_waiting") return note(sentence);
    if (answer.stage == "refused" || age_ms > stale_ms) return person(sentence);
    note(sentence);
  }

  const Status& status_;
  Judgement answer_;
};

}  // namespace

Judgement judge(const Status& status) { return Judge(status).judge(); }

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::well:
      return "well";
    case Verdict::needs_person:
      return "needs a person";
    case Verdict::cannot_tell:
      return "cannot tell";
  }
  return "";
}

}  // namespace wakestream::app
