// The attempts that are under way, and the receipts for what came of them.
//
// An attempt is entered when it is sent; its intent is on record by then. Its outcome makes a
// receipt when lanes.h has said what became of the event.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emitters/emitter.h"
#include "roles/deliver/attempt_judge.h"
#include "roles/deliver/delivery_records.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/receipt.h"

namespace wakestream::deliver {

// What the emitter is handed of an attempt: views of both.
emitters::Attempt to_emit(const Try& attempt, const Judgement& judgement, std::int64_t begin_by_ms);

class AttemptBook {
 public:
  // Both outlive it.
  AttemptBook(const AttemptJudge& judge, DeliveryRecords& records)
      : judge_(judge), records_(records) {}

  bool empty() const { return under_way_.empty(); }
  void sent(const Try& attempt, const Receipt& intent);
  // False: there is no such attempt (any more).
  bool came_back(const emitters::Outcome& outcome);
  // Of an attempt that came back, or of an event without one.
  void ended(const Ended& ended, std::int64_t now_ms);
  // All that came back and ended is on record.
  void settle() { came_back_.clear(); }
  // An attempt of an earlier life: nobody asks what became of it.
  void forget(std::uint64_t ticket) { under_way_.erase(ticket); }

 private:
  struct Entry {
    Receipt receipt;  // of kind outcome
    emitters::Outcome outcome;
  };

  void record(Entry& entry, std::string_view fate, std::int64_t now_ms);

  const AttemptJudge& judge_;
  DeliveryRecords& records_;
  std::unordered_map<std::uint64_t, Entry> under_way_;
  std::unordered_map<std::uint64_t, Entry> came_back_;
};

}  // namespace wakestream::deliver
