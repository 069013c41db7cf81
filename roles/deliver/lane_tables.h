// The file of a lane store: its tables, and the statements that lane_store_file.cc asks them by.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "context/store_file.h"

namespace wakestream::deliver {

// A letter's place among those of its account that wait: the urgent ones first. The dead are not
// among them.
inline constexpr int urgent_rank = 0;
inline constexpr int waiting_rank = 1;
inline constexpr int dead_rank = 2;

struct LaneTables {
  // The error is a sentence.
  static tl::expected<std::unique_ptr<LaneTables>, std::string> make(std::size_t memory_bytes);

  void note(bool done) {
    if (!done && failure.empty()) failure = file.problem();
  }
  // The next row of what it reads; after the last one, and after a failure, it is at its beginning
  // again.
  bool next(context::StoreStatement& statement);

  context::StoreFile file;
  std::string failure;  // the first
  context::StoreStatement find_row;
  context::StoreStatement put_row;
  context::StoreStatement set_urgent;
  context::StoreStatement remove_row;
  context::StoreStatement due;
  context::StoreStatement accounts_after;
  context::StoreStatement find_letter;
  context::StoreStatement insert_letter;
  context::StoreStatement update_letter;
  context::StoreStatement remove_letter;
  context::StoreStatement any_letter;
  context::StoreStatement front;
  context::StoreStatement urgent_front;
  context::StoreStatement waits_before;
  context::StoreStatement newer_waits;
  context::StoreStatement waiting_before;
  context::StoreStatement dead_before;
  context::StoreStatement note_account;
  context::StoreStatement find_noted;
  context::StoreStatement note_erasure;
  context::StoreStatement find_erasure;
  context::StoreStatement forget_noted;
  context::StoreStatement forget_erasures;

 private:
  bool prepare();
  bool set(context::StoreStatement& statement, const std::string& sql);
};

}  // namespace wakestream::deliver
