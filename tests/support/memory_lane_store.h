// A LaneStore in plain containers: what the contract says, and nothing else.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/deliver/bulk.h"
#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

class MemoryLaneStore : public LaneStore {
 public:
  std::optional<LaneState> lane(std::string_view account) override {
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? std::nullopt : found->second.state;
  }
  void put_lane(std::string_view account, const LaneState& state) override {
    accounts_[std::string(account)].state = state;
  }
  void remove_lane(std::string_view account) override {
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return;
    found->second.state.reset();
    drop_empty(found);
  }

  std::vector<std::string> due(Turn turn, std::int64_t now_ms, std::size_t count_max) override {
    ++due_asked;
    std::vector<std::pair<std::int64_t, std::string>> found;
    for (const auto& [name, account] : accounts_) {
      if (!account.state || account.state->due_ms > now_ms) continue;
      if (account.state->bulk != (turn == Turn::bulk)) continue;
      if (holds_all(account)) continue;
      found.emplace_back(account.state->due_ms, name);
    }
    std::ranges::sort(found);
    std::vector<std::string> names;
    for (auto& [due_ms, name] : found)
      if (names.size() < count_max) names.push_back(std::move(name));
    return names;
  }

  void put_letter(const Letter& letter) override {
    accounts_[letter.event.key].letters.insert_or_assign(letter.event.offset, letter);
  }
  void remove_letter(std::string_view account, std::int64_t offset) override {
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return;
    found->second.letters.erase(offset);
    drop_empty(found);
  }
  std::optional<Letter> front(std::string_view account) override {
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return std::nullopt;
    const Letter* first = nullptr;
    for (const auto& [offset, letter] : found->second.letters) {
      if (letter.state != LetterState::waiting) continue;
      if (letter.urgent) return letter;
      if (first == nullptr) first = &letter;
    }
    return first == nullptr ? std::nullopt : std::optional(*first);
  }
  bool newer_waits(std::string_view account, std::string_view type, std::int64_t offset) override {
    const auto found = accounts_.find(account);
    return found != accounts_.end() &&
           std::ranges::any_of(found->second.letters, [&](const auto& entry) {
             const auto& letter = entry.second;
             return entry.first > offset && letter.type() == type &&
                    letter.state == LetterState::waiting;
           });
  }
  std::vector<Letter> letters_before(std::string_view account, std::int64_t before,
                                     std::size_t count_max) override {
    std::vector<Letter> letters;
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) return letters;
    auto at = found->second.letters.lower_bound(before);
    while (at != found->second.letters.begin() && letters.size() < count_max)
      letters.push_back((--at)->second);
    std::ranges::reverse(letters);
    handed_out_max = std::max(handed_out_max, letters.size());
    return letters;
  }
  std::vector<Letter> dead_letters(std::string_view account, std::size_t count_max) override {
    auto letters = letters_before(account, std::numeric_limits<std::int64_t>::max(),
                                  std::numeric_limits<std::size_t>::max());
    std::erase_if(letters, [](const Letter& letter) { return letter.state != LetterState::dead; });
    if (letters.size() > count_max)
      letters.erase(letters.begin(), letters.end() - static_cast<std::ptrdiff_t>(count_max));
    return letters;
  }

  std::vector<std::string> accounts_after(std::string_view after, std::size_t count_max) override {
    std::vector<std::string> names;
    for (auto at = accounts_.upper_bound(after); at != accounts_.end(); ++at)
      if (names.size() < count_max) names.push_back(at->first);
    return names;
  }

  Sums sums() override {
    Sums sums;
    for (const auto& [name, account] : accounts_) {
      if (account.state)
        ++(account.state->waits_for_room() ? sums.lanes_bulk
           : account.state->parked         ? sums.lanes_parked
                                           : sums.lanes_waiting);
      for (const auto& [offset, letter] : account.letters)
        ++(letter.state == LetterState::dead ? sums.letters_dead
           : is_bulk(letter.event)           ? sums.letters_bulk
                                             : sums.letters_waiting);
    }
    return sums;
  }
  std::string take_failure() override { return {}; }

  void note(std::string_view account) override { noted_.emplace(account); }
  bool is_noted(std::string_view account) override { return noted_.contains(account); }
  void note_erasure(std::string_view account, std::int64_t below) override {
    auto& erased = erasures_[std::string(account)];
    erased = std::max(erased, below);
  }
  std::int64_t erased_below(std::string_view account) override {
    const auto found = erasures_.find(account);
    return found == erasures_.end() ? 0 : found->second;
  }
  void forget_noted() override {
    noted_.clear();
    erasures_.clear();
  }

  std::size_t due_asked = 0;
  std::size_t handed_out_max = 0;  // of letters, at once

 private:
  struct Account {
    std::optional<LaneState> state;
    std::map<std::int64_t, Letter> letters;  // by offset
  };
  using Accounts = std::map<std::string, Account, std::less<>>;

  static bool holds_all(const Account& account) {
    return account.state->parked &&
           std::ranges::none_of(account.letters, [&account](const auto& entry) {
             return entry.second.state == LetterState::waiting &&
                    !account.state->holds(entry.second);
           });
  }
  void drop_empty(Accounts::iterator found) {
    if (!found->second.state && found->second.letters.empty()) accounts_.erase(found);
  }

  Accounts accounts_;
  std::set<std::string, std::less<>> noted_;
  std::map<std::string, std::int64_t, std::less<>> erasures_;
};

}  // namespace wakestream::deliver
