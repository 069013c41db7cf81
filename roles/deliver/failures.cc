#include "roles/deliver/failures.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "roles/deliver/letter_walk.h"

namespace wakestream::deliver {

namespace {

constexpr std::uint32_t most_percent = 80;
constexpr std::uint32_t few_percent = 20;
// Fewer failures say nothing about a consumer.
constexpr std::uint64_t failures_that_tell = 5;
constexpr std::int64_t minute_ms = 60'000;

// One that was refused for what it says: an answer that is about the request itself, a refusal
// inside of one that is a success, or a request that its recipe cannot make of it.
bool is_refused_for_its_data(int status, bool at_once) {
  constexpr int about_who_asks_or_how_often[] = {401, 403, 407, 408, 429};
  if (status < 300) return at_once;
  return status >= 400 && status < 500 &&
         std::find(std::begin(about_who_asks_or_how_often), std::end(about_who_asks_or_how_often),
                   status) == std::end(about_who_asks_or_how_often);
}

struct Failure {
  std::string type;
  std::string error;
  std::int64_t since_ms = 0;
  bool of_data = false;
};

class Grouping {
 public:
  // Lane by lane, the last letter of each first.
  void take(const WalkedLetter& walked) {
    const auto& letter = walked.letter;
    if (letter.account() != account_) {
      end_lane();
      account_ = letter.account();
      lane_ = walked.lane;
    }
    if (letter.state == LetterState::dead) {
      ++group_of({std::string(letter.type()), letter.error, letter.since_ms,
                  is_refused_for_its_data(letter.status, false)})
            .letters_dead;
      return;
    }
    ++waiting_;
    // Of the one that was tried, else of the first.
    if (!tried_) type_ = letter.type();
    tried_ = tried_ || walked.is_tried();
  }

  std::vector<FailureGroup> groups() {
    end_lane();
    std::vector<FailureGroup> groups;
    for (auto& [key, group] : groups_) {
      auto& [type, error] = key;
      if (!error.empty()) judge(error, group);
      group.counted.type = type;
      group.counted.error = error;
      groups.push_back(std::move(group.counted));
    }
    std::stable_sort(groups.begin(), groups.end(), [](const auto& one, const auto& other) {
      return one.failures() > other.failures();
    });
    return groups;
  }

 private:
  struct Group {
    FailureGroup counted;
    std::uint64_t of_data = 0;
  };

  void end_lane() {
    if (waiting_ > 0) {
      const auto lane = lane_.value_or(LaneState{});
      if (lane.waits_for_room()) return forget_lane();
      const bool at_once = lane.parked && lane.attempts <= 1;
      auto& group = group_of(
          {type_, lane.error, lane.since_ms, is_refused_for_its_data(lane.status, at_once)});
      ++(lane.parked ? group.lanes_parked : group.lanes_waiting);
      group.letters_behind += waiting_ - (tried_ ? 1 : 0);
    }
    forget_lane();
  }

  void forget_lane() {
    waiting_ = 0;
    tried_ = false;
  }

  FailureGroup& group_of(const Failure& failure) {
    auto& group = groups_[{failure.type, failure.error}];
    auto& counted = group.counted;
    if (counted.failures() == 0) counted.first_ms = counted.last_ms = failure.since_ms;
    counted.first_ms = std::min(counted.first_ms, failure.since_ms);
    counted.last_ms = std::max(counted.last_ms, failure.since_ms);
    if (failure.of_data) ++group.of_data;
    if (!failure.error.empty()) {
      const auto minute = failure.since_ms / minute_ms;
      ++of_error_[failure.error][minute];
      ++of_all_[minute];
    }
    return counted;
  }

  void judge(const std::string& error, Group& group) {
    const auto& minutes = of_error_.at(error);
    std::uint64_t own = 0;
    std::uint64_t all = 0;
    for (const auto& [minute, count] : minutes) own += count;
    for (auto each = of_all_.lower_bound(minutes.begin()->first);
         each != of_all_.end() && each->first <= minutes.rbegin()->first; ++each)
      all += each->second;
    const auto percent = static_cast<std::uint32_t>(own * 100 / all);
    group.counted.share_percent = percent;
    const bool is_data = group.of_data * 2 > group.counted.failures();
    if (own >= failures_that_tell && percent >= most_percent)
      group.counted.cause = LikelyCause::consumer_side;
    else if (is_data && (own < failures_that_tell || percent < few_percent))
      group.counted.cause = LikelyCause::data;
    else
      group.counted.cause = LikelyCause::unclear;
  }

  using Minutes = std::map<std::int64_t, std::uint64_t>;
  std::map<std::pair<std::string, std::string>, Group> groups_;  // by type and error
  std::map<std::string, Minutes> of_error_;
  Minutes of_all_;
  // Of the lane that is gone through.
  std::string account_;
  std::optional<LaneState> lane_;
  std::string type_;
  std::uint64_t waiting_ = 0;
  bool tried_ = false;
};

}  // namespace

std::string_view to_string(LikelyCause cause) {
  switch (cause) {
    case LikelyCause::consumer_side:
      return "consumer-side";
    case LikelyCause::data:
      return "data";
    case LikelyCause::unclear:
      return "unclear";
  }
  return "";
}

std::vector<FailureGroup> group_failures(LaneStore& store) {
  Grouping grouping;
  for_each_letter_backwards(store,
                            [&grouping](const WalkedLetter& walked) { grouping.take(walked); });
  return grouping.groups();
}

}  // namespace wakestream::deliver
