#include "roles/deliver/letter_walk.h"

#include <limits>
#include <vector>

namespace wakestream::deliver {

namespace {

constexpr std::size_t accounts_at_once = 200;
// A letter may have a megabyte.
constexpr std::size_t letters_at_once = 32;
constexpr auto behind_all = std::numeric_limits<std::int64_t>::max();

// False: `visit` wants no more.
bool walk_lane(LaneStore& store, const std::string& account,
               const std::function<bool(const WalkedLetter&)>& visit) {
  const auto lane = store.lane(account);
  // A store reads from the end, and what comes first is wanted first: so the places are noted
  // where each handful ends.
  std::vector<std::int64_t> ends{behind_all};
  auto letters = store.letters_before(account, behind_all, letters_at_once);
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

}  // namespace

void for_each_letter(LaneStore& store, const std::string& account,
                     const std::function<bool(const WalkedLetter&)>& visit) {
  if (!account.empty()) {
    walk_lane(store, account, visit);
    return;
  }
  std::string after;
  while (true) {
    const auto accounts = store.accounts_after(after, accounts_at_once);
    for (const auto& each : accounts)
      if (!walk_lane(store, each, visit)) return;
    if (accounts.size() < accounts_at_once) return;
    after = accounts.back();
  }
}

}  // namespace wakestream::deliver
