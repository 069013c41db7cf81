// How many events of each type, and quarantined rows of each rule, a batch of records holds.
//
// It travels with its batch, so that what is counted is what was committed: a row that is read and
// mapped twice, because a commit failed in between, counts once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::capture {

struct RecordTally {
  std::vector<std::uint64_t> events;  // by the type's index in the registry; as long as needed
  // By rule; under "" what no rule is to blame for (a row beyond row_bytes_max).
  std::map<std::string, std::uint64_t, std::less<>> quarantined;

  void add_event(std::size_t type_index);
  void add_quarantined(std::string_view rule);
  void add(const RecordTally& other);
  void clear();  // keeps the room
};

}  // namespace wakestream::capture
