#include "app/dead_letters/replay_letters.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/consumer/known_consumer.h"
#include "app/dead_letters/give_replay.h"
#include "app/dead_letters/letter_line.h"
#include "app/dead_letters/read_lanes.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"

namespace wakestream::app {

namespace {

// What Lanes::replay would move, which counts the same: letters that a lane is parked at, and dead
// ones.
class DryRun {
 public:
  explicit DryRun(const ReplayLettersOptions& options) : options_(options) {}

  void take(const deliver::WalkedLetter& walked) {
    const auto& letter = walked.letter;
    if (letter.account() != account_) {
      account_ = letter.account();
      moves_lane_ = false;
      unparks_ = false;
    }
    const bool dead = letter.state == deliver::LetterState::dead;
    if (!dead && !walked.is_parked_at()) {
      if (unparks_) ++behind_;
      return;
    }
    if (!takes(options_.choice, letter, walked.lane)) return;
    if (!moves_lane_) ++lanes_;
    moves_lane_ = true;
    unparks_ = unparks_ || !dead;
    if (letters_++ < options_.limit) {
      append_letter(output_.line(), walked, lanes_);
      output_.end_line();
    }
  }

  void print_sums() {
    output_.line() +=
        fmt::format("{{\"outcome\":\"dry run\",\"lanes\":{},\"letters\":{},\"behind\":{}}}", lanes_,
                    letters_, behind_);
    output_.end_line();
  }

 private:
  const ReplayLettersOptions& options_;
  Output output_;
  std::string account_;  // PostgreSQL's text: never the empty one at first
  bool moves_lane_ = false;
  bool unparks_ = false;
  std::uint64_t lanes_ = 0;
  std::uint64_t letters_ = 0;
  std::uint64_t behind_ = 0;  // that go out when those in front of them have
};

int try_replay(const Config& config, const ReplayLettersOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return say_unreadable(logger, event_log.error());
  const auto lanes = read_lanes(**event_log, config.pipeline, options.consumer);
  if (!lanes) return say_unreadable(logger, lanes.error());
  DryRun dry_run(options);
  if (*lanes) {
    auto& store = *(*lanes)->store;
    deliver::for_each_letter(store, options.choice.account,
                             [&dry_run](const deliver::WalkedLetter& walked) {
                               dry_run.take(walked);
                               return true;
                             });
    if (const auto sound = is_sound(store); !sound) return say_unreadable(logger, sound.error());
  }
  dry_run.print_sums();
  return exit_done;
}

}  // namespace

int replay_letters_command(const Config& config, const ReplayLettersOptions& options,
                           Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  if (options.dry_run) return try_replay(config, options, logger);
  deliver::Command command;
  command.name = deliver::Command::replay;
  command.consumer = options.consumer;
  command.account = options.choice.account;
  command.type = options.choice.type;
  command.error = options.choice.error;
  return give_replay(config, std::move(command), options.give, logger);
}

}  // namespace wakestream::app
