#include "roles/deliver/failures.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "roles/deliver/letter_walk.h"

namespace wakestream::deliver {

namespace {

constexpr std::uint32_t most_percent = 80;
constexpr std::uint32_t few_percent = 20;
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

// Lane by lane, the last letter of each first.
class LaneGrouping {
 public:
  void take(const WalkedLetter& walked) {
    const auto& letter = walked.letter;
    if (letter.account() != account_) {
      end_lane();
      account_ = letter.account();
      lane_ = walked.lane;
    }
    if (letter.state == LetterState::dead) {
      grouping_.dead(letter);
      return;
    }
    ++waiting_;
    // Of the one that was tried, else of the first.
    if (!tried_) type_ = letter.type();
    tried_ = tried_ || walked.is_tried();
  }

  std::vector<FailureGroup> groups() {
    end_lane();
    return grouping_.groups();
  }

 private:
  void end_lane() {
    const auto lane = lane_.value_or(LaneState{});
    if (waiting_ > 0 && !lane.waits_for_room())
      grouping_.lane(type_, lane, waiting_ - (tried_ ? 1 : 0));
    waiting_ = 0;
    tried_ = false;
  }

  FailureGrouping grouping_;
  // Of the lane that is gone through.
  std::string account_;
  std::optional<LaneState> lane_;
  std::string type_;
  std::uint64_t waiting_ = 0;
  bool tried_ = false;
};

}  // namespace

void FailureGrouping::lane(const std::string& type, const LaneState& lane, std::uint64_t behind) {
  const bool at_once = lane.parked && lane.attempts <= 1;
  auto& group =
      group_of({type, lane.error, lane.since_ms, is_refused_for_its_data(lane.status, at_once)});
  ++(lane.parked ? group.lanes_parked : group.lanes_waiting);
  group.letters_behind += behind;
}

void FailureGrouping::dead(const Letter& letter) {
  ++group_of({std::string(letter.type()), letter.error, letter.since_ms,
              is_refused_for_its_data(letter.status, false)})
        .letters_dead;
}

std::vector<FailureGroup> FailureGrouping::groups() {
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

FailureGroup& FailureGrouping::group_of(const Failure& failure) {
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

void FailureGrouping::judge(const std::string& error, Group& group) {
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
  LaneGrouping grouping;
  for_each_letter_backwards(store,
                            [&grouping](const WalkedLetter& walked) { grouping.take(walked); });
  return grouping.groups();
}

}  // namespace wakestream::deliver
