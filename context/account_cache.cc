#include "context/account_cache.h"

#include <utility>

namespace wakestream::context {

namespace {

// A node of the list and one of the map, with what the allocator adds.
constexpr std::size_t node_bytes = 96;
// Texts up to this length live inside their object.
constexpr std::size_t inner_text_bytes = 15;

std::size_t outside(const std::string& text) {
  return text.capacity() > inner_text_bytes ? text.capacity() + 17 : 0;
}

}  // namespace

std::size_t AccountCache::bytes_of(const Entry& entry) {
  auto bytes = sizeof(Entry) + node_bytes + outside(entry.account_id);
  if (!entry.record) return bytes;
  for (const auto& value : entry.record->context.values)
    if (value) bytes += outside(*value);
  return bytes;
}

const AccountCache::Record* AccountCache::find(std::string_view account_id) {
  const auto found = places_.find(account_id);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->record;
}

const AccountCache::Record& AccountCache::put(std::string_view account_id, Record record) {
  const auto found = places_.find(account_id);
  if (found != places_.end()) {
    auto& entry = *found->second;
    entry.record = std::move(record);
    bytes_ -= entry.bytes;
    entry.bytes = bytes_of(entry);
    bytes_ += entry.bytes;
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    entries_.push_front({std::string(account_id), std::move(record), 0});
    auto& entry = entries_.front();
    entry.bytes = bytes_of(entry);
    bytes_ += entry.bytes;
    places_.emplace(entry.account_id, entries_.begin());
  }
  shrink();
  return entries_.front().record;
}

void AccountCache::clear() {
  places_.clear();
  entries_.clear();
  bytes_ = 0;
}

void AccountCache::shrink() {
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    places_.erase(entries_.back().account_id);
    entries_.pop_back();
  }
}

}  // namespace wakestream::context
