#include "roles/capture/record_tally.h"

#include <algorithm>

namespace wakestream::capture {

void RecordTally::add_event(std::size_t type_index) {
  if (type_index >= events.size()) events.resize(type_index + 1);
  ++events[type_index];
}

void RecordTally::add_quarantined(std::string_view rule) {
  const auto found = quarantined.find(rule);
  if (found != quarantined.end()) {
    ++found->second;
  } else {
    quarantined.emplace(rule, 1);
  }
}

void RecordTally::add(const RecordTally& other) {
  if (events.size() < other.events.size()) events.resize(other.events.size());
  for (std::size_t at = 0; at < other.events.size(); ++at) events[at] += other.events[at];
  for (const auto& [rule, count] : other.quarantined) quarantined[rule] += count;
}

void RecordTally::clear() {
  std::fill(events.begin(), events.end(), 0);
  quarantined.clear();
}

}  // namespace wakestream::capture
