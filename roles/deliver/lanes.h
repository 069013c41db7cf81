// What happens to a consumer's events, and when: pure. The heart of delivery.
//
// A lane is one account at this consumer. It has at most one attempt under way; thousands of lanes
// go on side by side. In its ordinary course a lane's events wait in memory, and there are few:
// what the window holds. The first attempt that fails moves the event and what stands behind it
// into the dead-letter topic (letter.h), in order, and so does every later event of the lane until
// all of it has gone out. So a lane that fails costs no memory, blocks nobody, and survives.
//
//                        fails                      retries used up, or "park"
//   ordinary ---------------------------> waiting ----------------------------> parked
//      ^                                    |  ^                                   |
//      +------ its last letter ended -------+  +------- replay, or superseded -----+
//
// THE LOOP AROUND IT (deliver_loop.h) asks `start`, asks policy, and either says `withheld` or
// sends; outcomes come back by `ended`. All that is to be on record of a step is one transaction:
// take_changes. Attempts are sent only once the transaction is committed that says that they are
// about to be. After any doubt the loop throws this object away and makes another one from what is
// on record.
//
// ORDER. An event is tried when all events of its account before it have ended. Urgent ones
// (Settings::urgent) go before what waits in letters or in memory, as soon as no attempt of their
// lane is under way. A parked lane holds what stands from its parked event on; what a replay puts
// before that goes on in its order, and where that is given up the lane is parked from there.
// Whatever goes out behind a later one gets a sequence of its own (P3). After a restart letters
// wait until everything that was read before it was read again: one of their lane may be among
// that, and stand before them.
//
// BULK (bulk.h). Where it is slow, what is part of a bulk change starts in its share
// (bulk_share.h), and may hold a part of the window: beyond it a lane that has such an event moves
// into the letters, where it waits for room. So a backfill fills no memory that live events need,
// and those behind it are read. Nothing of it is read while nothing can start (paused, or the
// receiver is away). Order is the lane's, as ever: live events of an account wait behind the bulk
// ones before them.
//
// Belongs to one thread. Times are of the wall clock, in milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emitters/emitter.h"
#include "log/record.h"
#include "roles/deliver/bulk.h"
#include "roles/deliver/bulk_share.h"
#include "roles/deliver/lane_store.h"
#include "roles/deliver/letter.h"
#include "roles/deliver/pace.h"
#include "roles/deliver/progress.h"

namespace wakestream::deliver {

// When an event's retries are used up, or its receiver will never take it.
enum class WhenExhausted : std::uint8_t {
  park,       // it stays, and what follows waits behind it, until somebody replays it
  supersede,  // a newer event of its type makes it moot; until there is one, it is parked
  skip,       // it becomes a dead letter, and the lane goes on
};

struct LaneSettings {
  std::uint32_t attempts_max = 10;
  std::int64_t pause_ms_min = 1'000;  // doubles at each failure, with jitter
  std::int64_t pause_ms_max = 300'000;
  std::map<std::string, WhenExhausted, std::less<>> exhausted;  // by event type; others: park
  // What goes before what waits: a deletion, and a consent that became narrower.
  std::function<bool(const log::StoredRecord&)> urgent;
  // After these nothing older of the account goes out: event types.
  std::set<std::string, std::less<>> erasing{"customer.deletion_requested"};
  // What is in memory: events that were read and have not ended.
  std::size_t window_events_max = 2'000;
  std::size_t window_bytes_max = std::size_t{8} << 20U;
  std::uint64_t seed = 0;  // of the jitter
  BulkSettings bulk;
  PaceSettings pace;
};

// Who asks for a replay: what of a letter's count (Letter::replays) becomes.
enum class ReplayedBy : std::uint8_t {
  person,    // it begins anew
  schedule,  // one more
};

// What came of an event, for the receipts.
enum class Fate : std::uint8_t {
  delivered,
  withheld,  // policy
  erased,    // withheld, because the account was deleted behind it
  failed,    // one attempt; it is tried again
  parked,
  skipped,     // a dead letter now
  superseded,  // a newer one of its type made it moot
  muted,       // part of a bulk change, which this consumer does not want
};
std::string_view to_string(Fate fate);

// An attempt that may be made now.
struct Try {
  std::uint64_t ticket = 0;
  std::shared_ptr<const log::StoredRecord> event;
  std::string sequence;
  std::uint32_t attempt = 1;  // the how manieth
};

// What came of an event, to be put on record. Of those with a ticket (delivered, withheld, failed,
// and the others where an attempt led to it) the loop knows what was sent. An erased one has no
// value any more: there may be as many as a lane has letters.
struct Ended {
  std::uint64_t ticket = 0;  // 0: no attempt led to it
  Fate fate = Fate::delivered;
  std::shared_ptr<const log::StoredRecord> event;
  std::uint32_t attempt = 0;
};

struct Changes {
  std::vector<Letter> letters;          // written
  std::vector<Letter> letters_settled;  // a tombstone each; event has partition, offset and key
  // By account, with its partition; nothing: ordinary again.
  struct Lane {
    std::int32_t partition = 0;
    std::optional<LaneState> state;
  };
  std::map<std::string, Lane> lanes;
  std::vector<Ended> ended;
  std::set<std::int32_t> partitions;  // whose progress has changed
  bool empty() const {
    return letters.empty() && letters_settled.empty() && lanes.empty() && ended.empty() &&
           partitions.empty();
  }
};

class Lanes {
 public:
  // By partition where it goes on; `store` holds what is on record, and outlives it.
  Lanes(LaneSettings settings, std::vector<Progress> progress, LaneStore& store);

  // May another event be read? Else nothing is lost by waiting: that is the backpressure.
  bool has_room() const;
  // The next event of its partition. One that has ended in an earlier life is passed over.
  void read(log::StoredRecord event, std::int64_t now_ms);
  // The next of its partition, which this consumer did not subscribe to.
  void pass_over(const log::StoredRecord& event);

  // Attempts that may be made now, at most `room`. Each is under way until `withheld` or `ended`
  // names its ticket. A withheld one frees its lane at once: ask again until nothing comes.
  std::vector<Try> start(std::size_t room, std::int64_t now_ms);
  void withheld(std::uint64_t ticket, std::int64_t now_ms);
  void ended(const emitters::Outcome& outcome, std::int64_t now_ms);

  // Since this was asked last; in this order they happened.
  Changes take_changes();
  const Progress& progress(std::int32_t partition) const;
  const std::vector<Progress>& all_progress() const { return progress_; }  // by partition

  // Parked lanes of this account are tried again, dead letters wait again, in order; only those
  // whose front (or which) is `wanted`, of which each is asked once. How many letters that moved.
  // `replay_id` stays with them.
  std::size_t replay(std::string_view account, const std::function<bool(const Letter&)>& wanted,
                     std::string_view replay_id, std::int64_t now_ms,
                     ReplayedBy by = ReplayedBy::person);
  // An event that was read and has ended goes out once more, in its lane's order, as a letter.
  // False: it has not ended, waits already, or its account was deleted behind it. For that the
  // store must know of deletions: whoever is going to ask notes those that were read before, and
  // from `remember_erasures` on they are noted here.
  bool send_again(log::StoredRecord event, std::string_view replay_id, std::int64_t now_ms);
  void remember_erasures(bool remember) { remembers_erasures_ = remember; }
  bool erases(const log::StoredRecord& event) const {
    return settings_.erasing.contains(log::header_of(event, "ce_type"));
  }

  // The receiver wants nothing any more (disable), or a person paused the consumer: nothing is
  // started. What is under way ends.
  bool paused() const { return paused_; }
  void set_paused(bool paused) { paused_ = paused; }
  // Set by a receiver's "disable" outcome, until taken: the loop puts it on record.
  std::optional<std::string> take_disabled();

  // For whoever shows it.
  std::size_t in_flight() const { return flights_.size(); }
  std::size_t in_memory() const { return held_events_; }
  std::size_t bulk_in_memory() const { return held_bulk_events_; }
  const Pace& pace() const { return pace_; }
  // When `start` may have something that it has not now, at the latest; nothing: only when
  // something else happens.
  std::optional<std::int64_t> next_start_ms(std::int64_t now_ms);

 private:
  using Event = std::shared_ptr<const log::StoredRecord>;
  struct Queued {
    Event event;
    bool urgent = false;
    bool bulk = false;  // and slow
  };
  // Only while it has something in memory.
  struct Lane {
    bool ordinary = true;       // else it has an attempt under way, and no queue
    std::deque<Queued> queue;   // urgent ones first
    std::uint64_t ticket = 0;   // of its attempt; 0: none
    std::optional<Turn> ready;  // which of ready_ it stands in
    // An event of it is bulk: all that it holds in memory is of bulk's part.
    bool bulk = false;
  };
  struct Flight {
    Event event = {};
    bool urgent = false;
    bool bulk = false;
    std::optional<std::int64_t> letter_since_ms = {};  // nothing: it comes from memory
    std::string sequence = {};
    std::uint32_t attempt = 1;
    std::uint32_t replays = 0;  // of its letter
  };

  // lanes.cc: what is in memory, and what is on its way to the record.
  Progress& progress_of(const log::StoredRecord& event);
  void saw(const log::StoredRecord& event);
  bool caught_up(const log::StoredRecord& event) const;
  bool all_caught_up() const;
  bool any_lane_waits();
  static void enqueue(Lane& lane, Queued queued);
  void make_ready(const std::string& account, Lane& lane);
  void read_waiting(const Queued& queued, LaneState state, std::int64_t now_ms);
  void done(const log::StoredRecord& event);
  // What is in memory, of the whole window and of bulk's part of it.
  void hold(Lane& lane, const Queued& queued);
  void let_go(const Lane& lane, const log::StoredRecord& event);
  void become_bulk(Lane& lane);
  void stop_being_bulk(Lane& lane);
  bool bulk_has_room() const;
  // By the event alone: a letter that was given up is not urgent until the lane goes on.
  bool treated_as(BulkTreatment treatment, const log::StoredRecord& event) const;
  bool is_urgent(const log::StoredRecord& event) const;
  void mute(const Event& event);
  // Into the letters, with the lane that it is in.
  void read_beyond_room(const Queued& queued, std::int64_t now_ms);
  void put_letter(Letter letter);
  void settle(const log::StoredRecord& event);
  // The lane of the event.
  void put_lane(const log::StoredRecord& event, LaneState state);
  void remove_lane(const log::StoredRecord& event);
  // What waits in memory becomes letters; the lane is not ordinary any more.
  void spill(Lane& lane, std::int64_t now_ms);
  static std::size_t size_of(const log::StoredRecord& event);
  WhenExhausted when_exhausted(std::string_view type) const;

  // lanes_start.cc: whose turn it is.
  struct Waiting;
  bool waits(Waiting& waiting, Turn turn, std::size_t count_max, std::int64_t now_ms);
  bool next_is_letter(const Waiting& waiting, Turn turn);
  void start_one(Waiting& waiting, Turn turn, std::vector<Try>& tries, std::int64_t now_ms);
  std::optional<std::int64_t> next_of(Turn turn, std::int64_t now_ms);
  void drop_stale_ready(Turn turn);
  void note_due(std::int64_t due_ms);
  std::deque<std::string>& ready(Turn turn) { return ready_[static_cast<std::size_t>(turn)]; }
  std::int64_t& due_from_ms(Turn turn) { return due_from_ms_[static_cast<std::size_t>(turn)]; }
  void start_from_memory(const std::string& account, std::vector<Try>& tries, std::int64_t now_ms);
  void start_from_letters(const std::string& account, std::vector<Try>& tries, std::int64_t now_ms);
  Try begin(Flight flight, Lane& lane, std::int64_t now_ms);
  std::vector<std::string> due(Turn turn, std::int64_t now_ms, std::size_t count_max);
  void find_next_due(Turn turn);

  // lanes_ended.cc
  std::optional<Flight> take_flight(std::uint64_t ticket);
  void release(const log::StoredRecord& event, std::int64_t now_ms);
  void finish(std::uint64_t ticket, const Flight& flight, Fate fate, std::int64_t now_ms);
  void remove(const Flight& flight);
  // Letters of the account below it; true: the one that the lane is parked at was among them.
  bool erase_below(const log::StoredRecord& event, std::string_view parked_at);
  // The letter in front has ended: the next one's turn, or the end of the lane's waiting.
  void next_letter(const log::StoredRecord& event, LaneState state, std::int64_t now_ms);

  // lanes_failed.cc
  void give_back(std::uint64_t ticket, const Flight& flight, std::int64_t now_ms);
  void try_again(const Flight& flight, const emitters::Outcome& outcome, bool counts,
                 std::int64_t now_ms);
  void give_up(const Flight& flight, const emitters::Outcome& outcome, std::int64_t now_ms);
  void park(const Flight& flight, const emitters::Outcome& outcome, std::int64_t now_ms);
  std::uint32_t failed_before(const Flight& flight);
  LaneState leave_ordinary(const Flight& flight, Letter as, std::int64_t now_ms);
  void become_letter(const Flight& flight, Letter as, std::int64_t now_ms);
  bool newer_waits(const Flight& flight);
  static std::optional<std::int64_t> asked_pause_ms(const emitters::Outcome& outcome);
  std::int64_t pause_ms(std::uint32_t attempts);

  // lanes_replay.cc
  bool unpark(std::string_view account, LaneState& state,
              const std::function<bool(const Letter&)>& wanted, std::string_view replay_id,
              ReplayedBy by);
  LaneState leave_memory(const std::string& account, std::int64_t now_ms);
  std::optional<Letter> parked_letter(std::string_view account, const LaneState& state);

  LaneSettings settings_;
  std::vector<Progress> progress_;
  // By partition: what is to be read again, from the first to the second.
  std::vector<std::pair<std::int64_t, std::int64_t>> again_;
  LaneStore& store_;
  Pace pace_;
  BulkShare share_;
  std::mt19937_64 random_;
  std::unordered_map<std::string, Lane> lanes_;
  // By turn: ordinary lanes that may start; some may be stale.
  std::array<std::deque<std::string>, 2> ready_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t last_ticket_ = 0;
  // By turn: how many are under way, and how many of them out of the letters.
  std::array<std::size_t, 2> turn_flights_{};
  std::array<std::size_t, 2> letter_flights_{};
  std::array<bool, 2> letters_turn_{};         // where both sides have as many under way
  std::array<std::int64_t, 2> due_from_ms_{};  // no lane at rest is due before
  std::size_t held_events_ = 0;                // read and not ended
  std::size_t held_bytes_ = 0;
  std::size_t held_bulk_events_ = 0;  // among them, in lanes that are bulk
  std::size_t held_bulk_bytes_ = 0;
  std::size_t unwritten_muted_ = 0;  // in changes_
  std::size_t unwritten_bytes_ = 0;  // of the letters, and of those
  Changes changes_;
  bool paused_ = false;
  bool remembers_erasures_ = false;
  std::optional<std::string> disabled_;
};

}  // namespace wakestream::deliver
