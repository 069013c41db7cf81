// What waits, by lane: which accounts are not in their ordinary course at this consumer, and their
// letters, in order.
//
// It holds what the consumer's topics say (lanes, deadletter), with the changes that are on their
// way there. It is never the truth: after any doubt it is thrown away, and made anew from the
// topics. So nothing in it need survive, and memory stays bounded because the real one
// (lane_store_file.h) keeps it on this machine's disk.
//
// Belongs to one thread. A function that fails gives nothing, and `take_failure` says so: whoever
// decides by a store asks that before anything is written by what it said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roles/deliver/letter.h"

namespace wakestream::deliver {

// A lane that is not in its ordinary course. Times are of the wall clock: they survive.
struct LaneState {
  // Its letters from this offset on are not tried again by themselves, but for urgent ones. Those
  // before it (dead ones that wait again, and what is sent again) go on in their order.
  bool parked = false;
  std::int64_t parked_from = 0;
  std::uint32_t attempts = 0;  // of the letter in front, that failed
  std::int64_t due_ms = 0;     // it is not tried before
  std::int64_t since_ms = 0;
  std::string front = {};  // the id of the letter that `attempts` is about; empty: none was tried
  std::string sequence = {};  // the highest that was sent since
  std::string error = {};     // why the last attempt failed: words without values
  int status = 0;             // of its answer
  bool bulk = false;  // the letter in front is part of a bulk change, which is not live here

  // Does this letter rest until somebody has the lane tried again?
  bool holds(const Letter& letter) const {
    return parked && !letter.urgent && letter.event.offset >= parked_from;
  }
  void unpark() {
    parked = false;
    parked_from = 0;
  }
  // It waits for room, and nothing has failed.
  bool waits_for_room() const { return bulk && !parked && error.empty(); }

  friend bool operator==(const LaneState&, const LaneState&) = default;
};

// Lanes whose front is live, and those whose front is bulk: each kind has its turn.
enum class Turn : std::uint8_t { live, bulk };

class LaneStore {
 public:
  virtual ~LaneStore() = default;

  virtual std::optional<LaneState> lane(std::string_view account) = 0;
  virtual void put_lane(std::string_view account, const LaneState& state) = 0;
  virtual void remove_lane(std::string_view account) = 0;
  // Accounts of one kind whose front may be tried at `now_ms`, the longest due first. Of a parked
  // lane only where a letter waits that it does not hold.
  virtual std::vector<std::string> due(Turn turn, std::int64_t now_ms, std::size_t count_max) = 0;

  virtual void put_letter(const Letter& letter) = 0;  // also in place of one
  virtual void remove_letter(std::string_view account, std::int64_t offset) = 0;
  // The letter that is next: of those that wait the first urgent one, else the first.
  virtual std::optional<Letter> front(std::string_view account) = 0;
  // Does an event of this type wait behind this offset?
  virtual bool newer_waits(std::string_view account, std::string_view type,
                           std::int64_t offset) = 0;
  // Letters of an account in order, dead ones too: the last `count_max` of those with an offset
  // below `before`. So all of them are gone through from the end.
  virtual std::vector<Letter> letters_before(std::string_view account, std::int64_t before,
                                             std::size_t count_max) = 0;
  // The last dead ones of an account, in order.
  virtual std::vector<Letter> dead_letters(std::string_view account, std::size_t count_max) = 0;

  // Accounts with a letter, a lane, or both, behind `after` in the order of their bytes: what a
  // replay goes through, some at a time.
  virtual std::vector<std::string> accounts_after(std::string_view after,
                                                  std::size_t count_max) = 0;

  // For a replay out of the log (log_replay.h): accounts that it has met, and below which offset an
  // account's events are not to go out any more (the highest; 0: none).
  virtual void note(std::string_view account) = 0;
  virtual bool is_noted(std::string_view account) = 0;
  virtual void note_erasure(std::string_view account, std::int64_t below) = 0;
  virtual std::int64_t erased_below(std::string_view account) = 0;
  virtual void forget_noted() = 0;

  struct Sums {
    std::uint64_t lanes_waiting = 0;
    std::uint64_t lanes_parked = 0;
    std::uint64_t lanes_bulk = 0;  // that wait for room alone: they are not among the waiting
    std::uint64_t letters_waiting = 0;
    std::uint64_t letters_dead = 0;
    std::uint64_t letters_bulk = 0;  // of bulk changes, that wait: not among the waiting

    std::uint64_t lanes() const { return lanes_waiting + lanes_parked + lanes_bulk; }
    void add(const Sums& other) {
      lanes_waiting += other.lanes_waiting;
      lanes_parked += other.lanes_parked;
      lanes_bulk += other.lanes_bulk;
      letters_waiting += other.letters_waiting;
      letters_dead += other.letters_dead;
      letters_bulk += other.letters_bulk;
    }
    std::uint64_t letters() const { return letters_waiting + letters_dead + letters_bulk; }
  };
  virtual Sums sums() = 0;  // cheap: counted as they change

  // What went wrong since this was asked last, as a sentence; empty: nothing.
  virtual std::string take_failure() = 0;
};

}  // namespace wakestream::deliver
