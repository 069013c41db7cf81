// Events whose batch was refused as a whole: each is sent alone when it comes again. Kept in memory
// alone and only so many, the latest: one that is forgotten is refused in company once more.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace wakestream::emitters {

class Apart {
 public:
  void add(std::string id) {
    if (id.empty() || !ids_.insert(id).second) return;
    order_.push_back(std::move(id));
    while (order_.size() > kept_max) {
      ids_.erase(order_.front());
      order_.pop_front();
    }
  }

  // It stays: what is throttled when it is alone comes once more.
  bool has(std::string_view id) const { return !ids_.empty() && ids_.contains(std::string(id)); }

 private:
  static constexpr std::size_t kept_max = 10'000;

  std::unordered_set<std::string> ids_;
  std::deque<std::string> order_;  // the oldest first
};

}  // namespace wakestream::emitters
