// Tries again what was given up, at the times of a cron line: pure, but for the store that it
// reads.
//
// WHAT IT DOES AT A TIME. It looks through what waits (failure_watch.h), and then
//   - passes the time over, where something that it had tried again earlier is still under way:
//     nothing is doubled;
//   - where most of what fails has one error, which is the consumer's then: a few lanes with that
//     error go first, the probes. When one of them gets through, all others follow at once; when
//     all have failed again, the others are left for the next time;
//   - else has everything tried again that is parked or dead, as a replay by command would.
// Whatever moves is moved some accounts and some bytes at a time. Times that come meanwhile are
// passed over.
//
// A LETTER that it has had tried again `times_max` times, and that failed each time, is left for a
// person. The count is the letter's own and on record with it; a person's replay begins it anew.
//
// MISSED TIMES. How far it has come is on record (ConsumerState::Schedule), in the transaction that
// ends what it did. Times that passed while nobody delivered, or while the consumer was paused, are
// made up for by one replay, when it delivers again. A line that is new, or has been changed,
// counts from its first start. A crash in the midst of a replay: it goes through all accounts once
// more, and finds what it moved already moved.
//
// Belongs to one thread. Times are of the wall clock, in milliseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "roles/capture/action.h"
#include "roles/deliver/command.h"
#include "roles/deliver/cron_line.h"
#include "roles/deliver/failure_watch.h"
#include "roles/deliver/lane_store.h"
#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

struct ReplaySettings {
  CronLine when;
  // Of these alone; empty: of every one.
  std::set<std::string, std::less<>> types = {};   // event types
  std::set<std::string, std::less<>> errors = {};  // as `dlq list` shows them
  std::uint32_t times_max = 3;
};

class ReplaySchedule {
 public:
  // Goes on where the record says.
  ReplaySchedule(ReplaySettings settings, const ConsumerState::Schedule& recorded,
                 std::int64_t now_ms);

  // Does a part of what there is to do; never waits. `watch` looks through the same store.
  void step(Lanes& lanes, LaneStore& store, FailureWatch& watch, std::int64_t now_ms);

  // To be put on record, in the transaction of what the lanes changed.
  const ConsumerState::Schedule& state() const { return state_; }
  // Since this was asked last.
  struct News {
    bool moved_on = false;          // the state has changed
    std::optional<Decision> ended;  // a replay that moved something
    std::vector<capture::action::Say> said;
  };
  News take_news() { return std::exchange(news_, {}); }

 private:
  enum class Phase : std::uint8_t { resting, looking, moving };
  struct Move {
    std::set<std::string> errors;  // of which the probes are taken; empty: it takes all
    std::string id = {};           // the replay's; empty: it has not begun
    std::string after = {};        // the account that it came to
    std::int64_t moved = 0;
    std::size_t bytes = 0;   // of the letters that this part moved
    std::uint64_t left = 0;  // for a person
    std::vector<LetterName> probes = {};

    bool is_probe() const { return !errors.empty(); }
    bool has_probes() const;
  };
  enum class Fared : std::uint8_t { unknown, through, failed };

  void rest(LaneStore& store, FailureWatch& watch, std::int64_t now_ms);
  void decide(const FailureWatch& watch, std::int64_t now_ms);
  void judge_probes(LaneStore& store, std::int64_t now_ms);
  static Fared fared(LaneStore& store, const LetterName& probe);
  void begin_move(std::set<std::string> errors);
  void move(Lanes& lanes, LaneStore& store, std::int64_t now_ms);
  void move_account(const std::string& account, Lanes& lanes, LaneStore& store,
                    std::int64_t now_ms);
  bool wants(const Letter& letter, const std::optional<LaneState>& lane);
  void end_move(std::int64_t now_ms);
  void take_up(std::int64_t now_ms);
  void tell_of_left(std::uint64_t left);
  void say(capture::action::Level level, std::string event, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {});

  const ReplaySettings settings_;
  ConsumerState::Schedule state_;
  Phase phase_ = Phase::resting;
  std::int64_t next_ms_ = 0;  // of the line, behind what has been taken up
  std::int64_t judged_at_ms_ = 0;
  std::uint64_t looked_from_ = 0;
  Move move_;
  std::uint64_t told_left_ = 0;
  News news_;
};

}  // namespace wakestream::deliver
