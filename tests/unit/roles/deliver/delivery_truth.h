// What a receiver saw and what came onto the record, kept apart from the machine's own books, and
// the promises that both are held against.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

struct TrueEvent {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string account;
  std::string type;
  std::string id;
  std::string sequence;
  bool subscribed = true;
  bool urgent = false;
  bool erasing = false;
  bool bulk = false;
};

class DeliveryTruth {
 public:
  explicit DeliveryTruth(const std::vector<TrueEvent>& events);

  // By what the owner of the partition says of bulk changes, from now on.
  void mutes_bulk(std::int32_t partition, bool mutes) { mutes_bulk_[partition] = mutes; }
  // An attempt leaves; then it ends, or the process does.
  void sent(const std::string& id, const std::string& sequence);
  void took(const std::string& id) { taken_.insert(id); }
  void attempt_ended(const std::string& id);
  // Whoever had these partitions.
  void ended(const std::function<bool(std::int32_t)>& had);
  void replayed(const std::string& account) { disturbed_.insert(account); }
  // Somebody asked for an event that had ended.
  void sent_again(const std::string& id);
  // One transaction.
  void committed(const Changes& changes);

  void problem(std::string what);
  const std::vector<std::string>& problems() const { return problems_; }

  enum class State : std::uint8_t { open, parked, dead, final };
  State state_of(const std::string& id) const { return states_.at(id); }
  std::size_t attempts() const { return attempts_; }
  std::size_t repeats() const { return repeats_; }
  std::size_t overtakings() const { return overtakings_; }
  std::size_t sent_again_count() const { return sent_again_count_; }
  std::size_t count(Fate fate) const;

 private:
  struct Last {
    std::string id;
    std::string sequence;
  };
  void check_order(const TrueEvent& event);
  void check_sequence(const TrueEvent& event, const std::string& sequence);

  std::map<std::string, TrueEvent> events_;
  std::map<std::string, std::vector<std::string>> lanes_;  // of an account in order
  std::map<std::string, State> states_;                    // by what is on record
  std::map<std::string, std::int64_t> erased_below_;       // by account
  std::map<std::string, Last> last_;                       // by account: what was sent last
  std::set<std::string> disturbed_;  // accounts whose front may have changed without a send
  std::set<std::string> under_way_;
  std::set<std::string> sent_;
  std::set<std::string> taken_;
  std::set<std::string> again_;  // asked for, and not on record yet
  std::map<Fate, std::size_t> fates_;
  std::map<std::int32_t, bool> mutes_bulk_;  // by partition
  std::size_t attempts_ = 0;
  std::size_t repeats_ = 0;
  std::size_t overtakings_ = 0;
  std::size_t sent_again_count_ = 0;
  std::vector<std::string> problems_;
};

}  // namespace wakestream::deliver
