#include "roles/deliver/lane_letters.h"

#include <ranges>

namespace wakestream::deliver {

void walk_backwards(LaneStore& store, std::string_view account, std::int64_t before,
                    const std::function<bool(Letter&)>& visit) {
  for (;;) {
    auto letters = store.letters_before(account, before, letters_at_once);
    if (letters.empty() || letters.front().event.offset >= before) return;
    before = letters.front().event.offset;
    const bool last = letters.size() < letters_at_once;
    for (auto& letter : std::views::reverse(letters))
      if (!visit(letter)) return;
    if (last) return;
  }
}

}  // namespace wakestream::deliver
