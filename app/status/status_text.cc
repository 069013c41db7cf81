#include <fmt/chrono.h>
#include <fmt/format.h>

#include "app/snapshot/snapshot_text.h"
#include "app/status/amounts.h"
#include "app/status/status.h"

namespace wakestream::app {

namespace {

std::string age_text(std::int64_t at_ms, std::int64_t now_ms) {
  return duration_text(static_cast<double>(std::max<std::int64_t>(0, now_ms - at_ms)) / 1'000);
}

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text.empty() ? "none" : text;
}

std::string process_line(const Status& status) {
  if (!status.process) {
    return status.process_address.empty() ? "not asked (no metrics.listen)"
                                          : "does not answer at " + status.process_address;
  }
  const auto& process = *status.process;
  return fmt::format("{} for {}, {} (pid {}, version {})", process.stage,
                     age_text(process.stage_since_ms, status.at_ms), process.feed, process.pid,
                     process.version);
}

std::string writer_line(const Status& status) {
  std::string line = "nobody yet";
  if (status.checkpoint) {
    const auto& writer = status.checkpoint->incarnation;
    line = fmt::format("{} pid {} since {:%Y-%m-%d %H:%M:%S} UTC", writer.host, writer.pid,
                       fmt::gmtime(static_cast<std::time_t>(writer.started_at_ms / 1'000)));
  }
  if (status.source) {
    line += status.source->lease_holder.empty() ? "; nobody holds the lease"
                                                : "; lease: " + status.source->lease_holder;
  }
  return line;
}

std::string checkpoint_line(const Status& status) {
  if (!status.checkpoint) return "none";
  const auto& checkpoint = *status.checkpoint;
  auto line = fmt::format("{}, written {} ago (number {}, epoch {}, timeline {})",
                          cdc::to_string(checkpoint.read_through),
                          age_text(checkpoint.written_at_ms, status.at_ms), checkpoint.serial,
                          checkpoint.epoch, checkpoint.timeline);
  if (checkpoint.split)
    line += fmt::format("; in a large transaction, {} rows of it are done",
                        checkpoint.split->rows_done);
  return line;
}

std::string lag_line(const Judgement& judgement) {
  if (!judgement.lag_bytes) return "not known";
  auto line = bytes_text(static_cast<double>(*judgement.lag_bytes));
  if (judgement.lag_seconds_min) line += ", more than " + duration_text(*judgement.lag_seconds_min);
  if (judgement.lag_seconds)
    line += fmt::format(", {}{}{}", judgement.lag_seconds_min ? "at most " : "",
                        duration_text(*judgement.lag_seconds),
                        judgement.lag_from.empty() ? "" : fmt::format(" ({})", judgement.lag_from));
  return line;
}

std::string slot_line(const Status& status, const Judgement& judgement) {
  if (!status.source) return "not known";
  if (!status.source->slot) return status.slot + ": not there";
  const auto& slot = *status.source->slot;
  auto line = fmt::format("{}: {}, keeps {} of WAL ({})", status.slot,
                          slot.active ? "streams" : "nobody streams",
                          bytes_text(static_cast<double>(slot.kept_wal_bytes)), slot.wal_status);
  if (!slot.safe_wal_bytes) return line + ", without a limit (max_slot_wal_keep_size)";
  line += fmt::format(", {} left before it may be lost",
                      bytes_text(static_cast<double>(*slot.safe_wal_bytes)));
  if (judgement.seconds_left)
    line += fmt::format(": {} at {}/s (by {}), if it stood still",
                        duration_text(*judgement.seconds_left),
                        bytes_text(*judgement.wal_bytes_per_second), judgement.rate_from);
  return line;
}

std::string log_line(const Status& status) {
  auto line = status.log;
  if (status.log_bytes) line += ", " + bytes_text(static_cast<double>(*status.log_bytes));
  return line;
}

std::string events_line(const Status& status) {
  if (status.process) return counts_text(status.process->events) + " (since the process began)";
  if (!status.events) return "not known";
  return counts_text(status.events->by_name) +
         (status.events->whole ? " (in the log)" : " (of the log's beginning; it is longer)");
}

std::string quarantine_line(const Status& status) {
  if (!status.quarantine) return "not known";
  if (status.quarantine->count == 0) return "empty";
  return counts_text(status.quarantine->by_name) +
         (status.quarantine->whole ? "" : " (of its beginning; it is longer)");
}

}  // namespace

std::string status_text(const Status& status, const Judgement& judgement) {
  std::string text = fmt::format("{}: {}\n", status.pipeline, to_string(judgement.verdict));
  const auto line = [&text](const char* name, const std::string& what) {
    text += fmt::format("  {:<11}{}\n", name, what);
  };
  line("process", process_line(status));
  line("writer", writer_line(status));
  line("checkpoint", checkpoint_line(status));
  line("lag", lag_line(judgement));
  line("feed", judgement.feed.empty() ? "not known" : judgement.feed);
  if (status.checkpoint && status.checkpoint->snapshot)
    line("snapshot", snapshot_text(status.checkpoint->snapshot));
  line("slot", slot_line(status, judgement));
  line("log", log_line(status));
  line("events", events_line(status));
  line("quarantine", quarantine_line(status));
  for (const auto& finding : judgement.findings)
    text += fmt::format("{} {}\n", finding.verdict == Verdict::well ? "-" : "!", finding.sentence);
  return text;
}

}  // namespace wakestream::app
