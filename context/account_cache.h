// Accounts that were looked up lately, bounded by what they take up: the one that nobody asked for
// the longest goes first. An account that is known not to exist is held as well.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "context/account_record.h"

namespace wakestream::context {

class AccountCache {
 public:
  explicit AccountCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  using Record = std::optional<AccountRecord>;
  // Null when nothing is known. Valid until the next change.
  const Record* find(std::string_view account_id);
  const Record& put(std::string_view account_id, Record record);
  void clear();
  std::size_t byte_count() const { return bytes_; }

 private:
  struct Entry {
    std::string account_id;
    Record record;
    std::size_t bytes = 0;
  };
  static std::size_t bytes_of(const Entry& entry);
  void shrink();

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;                                                 // the newest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> places_;  // keys are entries'
};

}  // namespace wakestream::context
