// What a consumer subscribed to, and whether an event is for it at all: pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "log/record.h"

namespace wakestream::deliver {

// Empty sets take all.
struct Subscription {
  std::set<std::string, std::less<>> types = {};
  std::set<std::string, std::less<>> banners = {};

  bool has_banner(std::string_view banner) const;
  // An event that cannot be read is for everybody: policy withholds it, and that is on record. What
  // is for one consumer alone (roles/disclosure/addressee.h) is for no other.
  bool takes(std::string_view consumer, const log::StoredRecord& event) const;
};

}  // namespace wakestream::deliver
