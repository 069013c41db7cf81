// Events that have ended go out once more, out of the log (`replay --from log`).
//
// The events topic is read again beside the live course, from its beginning to where the consumer
// had come when the command was taken. What is wanted becomes a letter of its account's lane: so it
// is one mechanism with what failed. The lane brings what is replayed in the log's order, by policy
// as it is then, and what comes live waits behind it. It goes out behind later events of its
// account, and so with sequences of its own (sequence.h).
//
// NOTHING GOES OUT BEHIND A DELETION. The events are read through once before anything is moved,
// for the accounts that were deleted; what comes meanwhile is noted as it is read.
//
// NO OLD VALUE GOES LAST. Where a range ends before today, an account that has an event in it gets
// what follows behind the range as well: else its receiver would keep what was true then.
//
// Events that wait already (in a lane, parked, dead) stay what they are: `replay --from deadletter`
// is for them.
//
// As much is moved as can go out soon, and how far it has come is on record with what was moved. So
// after a crash nothing is moved twice; what lies before is read through once more, to know the
// accounts. Memory: none that grows, the accounts are kept in the lane store's file.
//
// Belongs to one thread, the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "roles/deliver/lane_store.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/log_choice.h"
#include "roles/deliver/log_replay_record.h"

namespace wakestream::deliver {

using IsSubscribed = std::function<bool(const log::StoredRecord&)>;

// Is it to go out once more, as far as the choice and the subscription say? Asked of each event in
// its order: `store` keeps the accounts that have one.
bool is_wanted(const LogChoice& choice, const log::StoredRecord& event,
               const IsSubscribed& is_subscribed, LaneStore& store);

class LogReplay {
 public:
  static log::Result<std::unique_ptr<LogReplay>> open(log::EventLog& event_log,
                                                      const std::string& events,
                                                      LogReplayState state, Lanes& lanes,
                                                      LaneStore& store);

  // Moves some, and never waits. True when all is moved.
  log::Result<bool> step(Lanes& lanes, LaneStore& store, const IsSubscribed& is_subscribed,
                         std::int64_t now_ms);

  const LogReplayState& state() const { return state_; }

 private:
  LogReplay(log::EventLog& event_log, std::string events, LogReplayState state);
  log::Result<void> read_from_the_beginning();
  // True when all was read through.
  log::Result<bool> look_for_deletions(Lanes& lanes, LaneStore& store);
  log::Result<bool> move(Lanes& lanes, LaneStore& store, const IsSubscribed& is_subscribed,
                         std::int64_t now_ms);
  void take(log::StoredRecord event, Lanes& lanes, LaneStore& store,
            const IsSubscribed& is_subscribed, std::int64_t now_ms);
  bool has_passed(const std::vector<std::int64_t>& ends) const;

  log::EventLog& log_;
  const std::string events_;
  std::unique_ptr<log::Reader> reader_;
  LogReplayState state_;
  std::vector<std::int64_t> read_;   // by partition, by this reader
  std::vector<std::int64_t> known_;  // by partition: deletions before it are looked for
  bool looked_ = false;
};

}  // namespace wakestream::deliver
