#include "roles/deliver/letter_walk.h"

#include <vector>

#include "roles/deliver/lane_letters.h"

namespace wakestream::deliver {

namespace {

constexpr std::size_t accounts_at_once = 200;

// False: `visit` wants no more.
bool walk_lane(LaneStore& store, const std::string& account,
               const std::function<bool(const WalkedLetter&)>& visit) {
  const auto lane = store.lane(account);
  // A store reads from the end, and what comes first is wanted first: so the places are noted
  // where each handful ends.
  std::vector<std::int64_t> ends{behind_all_letters};
  auto letters = store.letters_before(account, behind_all_letters, letters_at_once);
  while (letters.size() == letters_at_once) {
    const auto before = letters.front().event.offset;
    if (before >= ends.back()) break;  // a store that failed
    ends.push_back(before);
    letters = store.letters_before(account, before, letters_at_once);
  }
  while (true) {
    for (const auto& letter : letters)
      if (!visit({letter, lane})) return false;
    ends.pop_back();
    if (ends.empty()) return true;
    letters = store.letters_before(account, ends.back(), letters_at_once);
  }
}

void walk_lane_backwards(LaneStore& store, const std::string& account,
                         const std::function<void(const WalkedLetter&)>& visit) {
  const auto lane = store.lane(account);
  walk_backwards(store, account, behind_all_letters, [&](const Letter& letter) {
    visit({letter, lane});
    return true;
  });
}

// Until `walk` returns false.
void for_each_account(LaneStore& store, const std::function<bool(const std::string&)>& walk) {
  std::string after;
  while (true) {
    const auto accounts = store.accounts_after(after, accounts_at_once);
    for (const auto& account : accounts)
      if (!walk(account)) return;
    if (accounts.size() < accounts_at_once) return;
    after = accounts.back();
  }
}

}  // namespace

void for_each_letter(LaneStore& store, const std::string& account,
                     const std::function<bool(const WalkedLetter&)>& visit) {
  if (!account.empty()) {
    walk_lane(store, account, visit);
    return;
  }
  for_each_account(store, [&](const std::string& each) { return walk_lane(store, each, visit); });
}

void for_each_letter_backwards(LaneStore& store,
                               const std::function<void(const WalkedLetter&)>& visit) {
  for_each_account(store, [&](const std::string& account) {
    walk_lane_backwards(store, account, visit);
    return true;
  });
}

}  // namespace wakestream::deliver
