#include "roles/deliver/failure_watch.h"

#include <algorithm>
#include <utility>

namespace wakestream::deliver {

namespace {

constexpr std::size_t watched_at_once = 200;
constexpr std::size_t dead_letters_max = 32;  // of an account
constexpr std::int64_t pause_ms = 10'000;
constexpr std::int64_t pause_factor = 10;

// Not tried again by themselves.
std::uint64_t given_up(const FailureGroup& group) {
  return group.lanes_parked + group.letters_dead;
}

}  // namespace

void FailureWatch::step(LaneStore& store, std::int64_t now_ms) {
  if (!looking_) {
    if (now_ms < next_ms_) return;
    looking_ = true;
    began_ms_ = now_ms;
    after_.clear();
    grouping_ = {};
    replaying_so_far_ = 0;
  }
  const auto accounts = store.accounts_after(after_, watched_at_once);
  for (const auto& account : accounts) look_at(store, account);
  if (accounts.size() == watched_at_once) {
    after_ = accounts.back();
    return;
  }
  end_pass();
  next_ms_ = now_ms + std::max(pause_ms, pause_factor * (now_ms - began_ms_));
}

void FailureWatch::look_again() {
  looking_ = false;
  next_ms_ = 0;
}

void FailureWatch::look_at(LaneStore& store, const std::string& account) {
  if (const auto lane = store.lane(account); lane && !lane->waits_for_room()) {
    if (const auto front = store.front(account)) {
      grouping_.lane(std::string(front->type()), *lane, 0);
      if (!lane->parked && front->replays > 0) ++replaying_so_far_;
    }
  }
  for (const auto& letter : store.dead_letters(account, dead_letters_max)) grouping_.dead(letter);
}

void FailureWatch::end_pass() {
  looking_ = false;
  ++passes_;
  replaying_ = replaying_so_far_;
  const auto groups = grouping_.groups();
  grouping_ = {};
  find_patterns(groups);
  for (const auto& [name, pattern] : patterns_) {
    const auto [episode, is_new] = episodes_.insert_or_assign(name, pattern);
    if (is_new) news_.begun.push_back(pattern);
  }
  std::erase_if(episodes_, [&](const auto& episode) {
    const auto& [cause, type, error] = episode.first;
    const bool still_fails = std::ranges::any_of(groups, [&](const FailureGroup& group) {
      return group.error == error && (type.empty() || group.type == type);
    });
    if (still_fails || replaying_ > 0) return false;
    news_.over.push_back(episode.second);
    return true;
  });
}

void FailureWatch::find_patterns(const std::vector<FailureGroup>& groups) {
  std::map<Name, std::uint64_t> given_up_by;
  patterns_.clear();
  for (const auto& group : groups) {
    if (!group.cause || *group.cause == LikelyCause::unclear) continue;
    const Name name{*group.cause, *group.cause == LikelyCause::data ? group.type : "", group.error};
    auto& pattern = patterns_[name];
    if (pattern.lanes == 0)
      pattern = {*group.cause, group.type, group.error, 0, group.first_ms};
    else
      pattern.type += "," + group.type;
    pattern.lanes += group.failures();
    pattern.since_ms = std::min(pattern.since_ms, group.first_ms);
    given_up_by[name] += given_up(group);
  }
  std::erase_if(patterns_, [&](const auto& pattern) {
    return given_up_by[pattern.first] < failures_that_tell;
  });
}

std::set<std::string> FailureWatch::consumer_side_errors() const {
  std::set<std::string> errors;
  for (const auto& [name, pattern] : patterns_)
    if (pattern.cause == LikelyCause::consumer_side) errors.insert(pattern.error);
  return errors;
}

std::uint64_t FailureWatch::count(LikelyCause cause) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      episodes_, [cause](const auto& episode) { return episode.second.cause == cause; }));
}

}  // namespace wakestream::deliver
