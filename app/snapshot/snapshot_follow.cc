#include "app/snapshot/snapshot_follow.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "app/commands.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/read_checkpoint.h"
#include "app/snapshot/progress_line.h"
#include "app/stop_signal.h"
#include "cdc/wall_time.h"
#include "roles/capture/command.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};
constexpr log::Milliseconds pace{500};
constexpr std::int64_t line_every_ms = 10'000;

class Follower {
 public:
  Follower(const Config& config, Logger& logger)
      : config_(config),
        logger_(logger),
        topics_(config.pipeline),
        terminal_(isatty(STDOUT_FILENO) != 0) {}

  int run(std::optional<std::uint64_t> number) {
    auto event_log = open_log(config_);
    if (!event_log) return say_log_failure(logger_, "log_invalid", event_log.error());
    const StopSignal stop;
    while (!stop.requested() && !output_.closed()) {
      auto checkpoint = read_checkpoint(**event_log, config_.pipeline, deadline);
      if (!checkpoint) return fail(checkpoint.error());
      const auto snapshot = *checkpoint ? (*checkpoint)->snapshot : std::nullopt;
      if (!number) {
        if (!snapshot) return say_none();
        number = snapshot->number;
      }
      if (!decisions_) {
        // From the first on: what its tables came to may be on record already.
        auto opened = (*event_log)->open_reader(topics_.decisions, log::ReadFrom::earliest);
        if (!opened) return fail(opened.error());
        decisions_ = std::move(*opened);
      }
      auto ended = read_decisions(*number);
      if (!ended) return fail(ended.error());
      if (*ended) return **ended;
      if (snapshot && snapshot->number == *number) show(*snapshot);
    }
    clear_line();
    return exit_done;
  }

 private:
  int fail(const log::Error& error) {
    clear_line();
    return say_log_failure(logger_, "log_unreadable", error);
  }

  int say_none() {
    print("snapshot: none");
    return exit_done;
  }

  // The exit code, when one of them was the snapshot's end. Waits a little when there are none.
  log::Result<std::optional<int>> read_decisions(std::uint64_t number) {
    while (true) {
      auto batch = decisions_->poll(1'000, pace);
      if (!batch) return tl::make_unexpected(batch.error());
      for (const auto& record : batch->records) {
        const auto decision = capture::decode_decision(record.value);
        if (!decision)
          return tl::make_unexpected(log::Error{log::ErrorKind::corrupt, decision.error()});
        if (!decision->done || decision->snapshot != number) continue;
        if (decision->command == capture::Command::snapshot_cancel) {
          clear_line();
          logger_.error("snapshot_cancelled", "the snapshot was given up",
                        {{"snapshot", std::to_string(number)}});
          return exit_problem;
        }
        if (decision->command != capture::Command::snapshot_table) continue;
        table_done(*decision);
        if (!decision->more) return exit_done;
      }
      if (batch->records.empty()) return std::optional<int>{};
    }
  }

  void table_done(const capture::Decision& decision) {
    speed_.forget();
    const auto gone = decision.said_but_not_found ? std::to_string(*decision.said_but_not_found)
                                                  : std::string("not known");
    if (terminal_) {
      auto line = fmt::format("{}  done: {} rows", decision.table, decision.rows);
      if (decision.differences)
        line += fmt::format(", {} events had been said already; said but not found: {}",
                            decision.unchanged, gone);
      return print(line);
    }
    Logger::Fields fields{{"snapshot", std::to_string(decision.snapshot)},
                          {"table", decision.table},
                          {"rows", std::to_string(decision.rows)}};
    if (decision.differences) {
      fields.emplace_back("unchanged", std::to_string(decision.unchanged));
      fields.emplace_back("said_but_not_found", gone);
    }
    logger_.info("snapshot_table_done", "a table of the snapshot is done", fields);
  }

  void show(const capture::SnapshotProgress& snapshot) {
    const auto now = cdc::wall_ms();
    const auto& table = snapshot.tables.front();
    if (std::exchange(table_, table.name) != table.name) speed_.forget();
    speed_.note(now, snapshot.position.rows);
    const auto rate = speed_.rows_per_s();
    if (terminal_)
      return show_line({table.name, !table.where.empty(), snapshot.position.rows,
                        snapshot.position.rows_estimated, rate, waits(snapshot)});
    if (now - line_at_ms_ < line_every_ms) return;
    line_at_ms_ = now;
    Logger::Fields fields{{"snapshot", std::to_string(snapshot.number)},
                          {"table", table.name},
                          {"rows", std::to_string(snapshot.position.rows)},
                          {"rows_estimated", std::to_string(snapshot.position.rows_estimated)}};
    if (rate) fields.emplace_back("rows_per_second", fmt::format("{:.0f}", *rate));
    if (const auto why = waits(snapshot); !why.empty()) fields.emplace_back("waits", why);
    logger_.info("snapshot_progress", "the snapshot goes on", fields);
  }

  static std::string waits(const capture::SnapshotProgress& snapshot) {
    if (!snapshot.paused && snapshot.said_to_read > 0)
      return fmt::format("reads what was said before: {} of {} records", snapshot.said_read,
                         snapshot.said_to_read);
    if (!snapshot.paused) return {};
    return snapshot.paused_because.empty() ? "paused" : "paused because " + snapshot.paused_because;
  }

  static std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80U;
  }

  // Over the line that stands there.
  void show_line(const TableProgress& progress) {
    auto line = progress_line(progress, terminal_width() - 1);
    for (auto& byte : line)
      if (byte == '\n') byte = ' ';
    output_.line() += "\r\x1b[K" + line;
    output_.flush();
    line_stands_ = true;
  }
  void clear_line() {
    if (!std::exchange(line_stands_, false)) return;
    output_.line() += "\r\x1b[K";
    output_.flush();
  }
  void print(const std::string& line) {
    clear_line();
    output_.line() += line;
    output_.end_line();
    output_.flush();
  }

  const Config& config_;
  Logger& logger_;
  capture::Topics topics_;
  bool terminal_;
  Output output_;
  std::unique_ptr<log::Reader> decisions_;
  Pace speed_;
  std::string table_;
  std::int64_t line_at_ms_ = 0;
  bool line_stands_ = false;
};

}  // namespace

int follow_snapshot(const Config& config, std::optional<std::uint64_t> number, Logger& logger) {
  return Follower(config, logger).run(number);
}

}  // namespace wakestream::app
