// One consumer's deliveries with everything around the machine: events, the record with its
// transactions, a receiver and a policy that do what they like, a person who replays and pauses,
// and processes that die at any step. The partitions are divided among one owner or more, and pass
// on: an owner stops in good order or dies, and another goes on from what is on record; the number
// of owners changes. All by a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "roles/deliver/lane_store.h"
#include "roles/deliver/lanes.h"
#include "roles/reading/share.h"
#include "tests/unit/roles/deliver/delivery_truth.h"

namespace wakestream::deliver {

// What the world does wrong, so that it is seen that the truth notices it.
enum class Fault : std::uint8_t {
  none,
  letter_lost,           // one letter in twenty does not come onto the record
  progress_forgotten,    // progress is on record only every tenth time
  lanes_forgotten,       // after a restart no lane is known to wait
  sent_before_recorded,  // an attempt leaves, and then comes onto the record or not
  own_sequence,          // what is late is sent with the sequence of its own
  settled_forgotten,     // tombstones are not written
  owner_starts_anew,     // whoever gets partitions from another one does not ask for its progress
  owner_not_fenced,      // whoever has handed his partitions over goes on with them
};

class DeliveryWorld {
 public:
  using MakeStore = std::function<std::unique_ptr<LaneStore>()>;
  DeliveryWorld(std::uint64_t seed, MakeStore make_store, Fault fault = Fault::none);

  void run();
  const DeliveryTruth& truth() const { return truth_; }
  std::size_t crashes() const { return crashes_; }
  std::size_t handovers() const { return handovers_; }
  std::size_t letters_written() const { return letters_written_; }

 private:
  // What the topics say; compacted.
  struct Recorded {
    std::map<std::string, log::StoredRecord> letters;
    std::map<std::string, std::string> lanes;
    std::vector<std::string> progress;
  };
  struct Underway {
    std::uint64_t ticket = 0;
    std::string id;
  };
  // Of the partitions of a share, for as long as they stay with him.
  struct Owner {
    reading::Share share;
    LaneSettings settings = {};
    std::unique_ptr<LaneStore> store = {};
    std::unique_ptr<Lanes> lanes = {};
    std::vector<std::size_t> positions = {};  // by partition: in events_, what is read next
    std::vector<Underway> under_way = {};
  };

  bool one_in(int count) { return std::uniform_int_distribution<>(1, count)(random_) == 1; }
  int up_to(int most) { return std::uniform_int_distribution<>(0, most)(random_); }
  std::vector<TrueEvent> make_events();
  LaneSettings make_settings();
  static log::StoredRecord record_of(const TrueEvent& event);

  std::unique_ptr<Owner> begin(reading::Share share, bool handed_over);  // from what is on record
  void end(Owner& owner);  // what is under way with him has an unknown end
  void crash(std::unique_ptr<Owner>& owner);
  void finish(Owner& owner);
  void hand_over(std::unique_ptr<Owner>& owner);
  void divide(std::int32_t count);
  void rebalance();
  void step_all();
  void step(std::unique_ptr<Owner>& owner);
  void read(Owner& owner);
  void meddle(Owner& owner);
  std::vector<Try> consider(Owner& owner);
  void commit(Owner& owner);
  void send(Owner& owner, const std::vector<Try>& tries);
  void answer(Owner& owner, std::size_t count);
  emitters::Verdict verdict();
  void settle_down();
  bool is_at_rest();
  bool is_at_rest(Owner& owner);
  void check_rest(bool all_ended);
  void check_store(Owner& owner);
  void replay(Owner& owner, const std::string& account);
  void replay_all();
  void send_again(Owner& owner, const TrueEvent& event);
  std::int32_t partition_of(const std::string& account) const;

  std::mt19937_64 random_;
  const MakeStore make_store_;
  const Fault fault_;
  int partition_count_;
  std::vector<TrueEvent> events_;
  LaneSettings settings_;
  DeliveryTruth truth_;
  Recorded recorded_;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::int64_t now_ms_ = 1'000'000;
  int mood_ = 0;       // of the receiver
  bool calm_ = false;  // nothing goes wrong any more
  std::size_t crashes_ = 0;
  std::size_t handovers_ = 0;
  std::size_t letters_written_ = 0;
  std::size_t commits_ = 0;
};

}  // namespace wakestream::deliver
