// Is there a pattern in what could not be delivered? Whoever delivers looks through what waits now
// and then, and tells of each pattern once. Pure, but for the store that it reads.
//
// A PATTERN is an error that at least five lanes are parked with, or dead letters have, and that
// failures.h takes for the consumer's (whatever the event types), or, by event type, for that of
// what the events say. Lanes that are tried again by themselves are no pattern: they may well go
// out. An EPISODE of it begins when it is seen, and ends when nothing fails with that error any
// more, and nothing that a schedule has had tried again is still to be heard of. Episodes are not
// on record: after a start what still holds is told once more.
//
// A PASS reads one letter of each lane, and of its dead ones the last few, some accounts at a time.
// The next one comes ten seconds later, or ten times as long as it took: a tenth of the thread's
// time at most, whatever waits. Times are of a steady clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "roles/deliver/failures.h"
#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

struct FailurePattern {
  LikelyCause cause = LikelyCause::consumer_side;  // or data
  std::string type;           // of what failed; several have commas between them
  std::string error;          // words without values
  std::uint64_t lanes = 0;    // that failed with it, waiting ones too, and dead letters
  std::int64_t since_ms = 0;  // wall clock: the first
};

class FailureWatch {
 public:
  // A part of a pass, when one is due.
  void step(LaneStore& store, std::int64_t now_ms);
  // A pass begins at the next step, whatever has been seen of one: the store was made anew, or
  // somebody wants to know.
  void look_again();

  // That have ended.
  std::uint64_t passes() const { return passes_; }
  // By the last pass, as everything below.
  std::set<std::string> consumer_side_errors() const;
  // Lanes in which something that a schedule has had tried again is in front.
  std::uint64_t replaying() const { return replaying_; }

  // Episodes that go on.
  std::uint64_t count(LikelyCause cause) const;
  // Episodes since this was asked last.
  struct News {
    std::vector<FailurePattern> begun;
    std::vector<FailurePattern> over;
  };
  News take_news() { return std::exchange(news_, {}); }

 private:
  using Name = std::tuple<LikelyCause, std::string, std::string>;  // type (of data), error

  void look_at(LaneStore& store, const std::string& account);
  void end_pass();
  void find_patterns(const std::vector<FailureGroup>& groups);

  // Of the pass that goes on.
  bool looking_ = false;
  std::string after_;  // the account that it came to
  FailureGrouping grouping_;
  std::uint64_t replaying_so_far_ = 0;
  std::int64_t began_ms_ = 0;
  std::int64_t next_ms_ = 0;

  std::uint64_t passes_ = 0;
  std::uint64_t replaying_ = 0;
  std::map<Name, FailurePattern> patterns_;
  std::map<Name, FailurePattern> episodes_;
  News news_;
};

}  // namespace wakestream::deliver
