// Commands for one consumer: read from the control topic, carried out on its lanes, answered.
//
// What is carried out and its decision are one transaction, with how far the commands were read
// (ConsumerState). A replay of many accounts takes several; after a crash in its midst it is begun
// again, which finds what it moved already moved. A replay out of the log (log_replay.h) may take
// hours: how far it has come is on record, it holds no other command up, and there is one at a
// time.
//
// Belongs to one thread, the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "log/event_log.h"
#include "roles/deliver/command.h"
#include "roles/deliver/delivery_records.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/log_replay.h"
#include "roles/deliver/store_rebuild.h"
#include "roles/deliver/topics.h"

namespace wakestream::deliver {

class CommandDesk {
 public:
  // `event_log` and `topics` outlive it.
  CommandDesk(log::EventLog& event_log, const Topics& topics, std::string consumer,
              std::string incarnation, IsSubscribed is_subscribed);

  // Goes on where the record says, else with the commands that come from now on, which is put on
  // record: from then on a command that is given while nobody delivers is carried out afterwards.
  log::Result<void> begin(const Recorded& recorded, Lanes& lanes, LaneStore& store,
                          DeliveryRecords& records, std::int64_t now_ms);
  // Carries out what there is, a part at a time; never waits.
  log::Result<void> step(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                         std::int64_t now_ms);
  // Its schedule has come so far, with the replay that has ended with that: who asked, and what it
  // moved.
  void scheduled(ConsumerState::Schedule schedule, std::optional<Decision> ended,
                 std::int64_t now_ms, DeliveryRecords& records);
  // A replay that a command asked for goes on.
  bool replays() const { return replay_.has_value(); }
  // Not by a command.
  void pause(std::string who, std::string why, std::int64_t now_ms, DeliveryRecords& records);

  const ConsumerState& state() const { return state_; }

 private:
  struct Replay {
    Command command;
    std::string after;  // the account that it came to
    std::int64_t moved = 0;
  };

  log::Result<void> read(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                         std::int64_t now_ms);
  log::Result<void> take(const Command& command, Lanes& lanes, LaneStore& store,
                         DeliveryRecords& records, std::int64_t now_ms);
  log::Result<void> begin_log_replay(const Command& command, Lanes& lanes, LaneStore& store,
                                     DeliveryRecords& records, std::int64_t now_ms);
  log::Result<void> go_on_with_log(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                                   std::int64_t now_ms);
  void end_log_replay(std::string refusal, Lanes& lanes, DeliveryRecords& records,
                      std::int64_t now_ms);
  void go_on(Lanes& lanes, LaneStore& store, DeliveryRecords& records, std::int64_t now_ms);
  void set_paused(bool paused, std::string who, std::string why, std::int64_t now_ms);
  struct Outcome {
    std::int64_t moved = 0;
    bool more = false;
    std::string refusal = {};  // empty: done
  };
  void decide(const Command& command, Outcome outcome, std::int64_t now_ms,
              DeliveryRecords& records);

  log::EventLog& log_;
  const Topics& topics_;
  const std::string consumer_;
  const std::string incarnation_;
  ConsumerState state_;
  std::unique_ptr<log::Reader> reader_;
  std::int64_t read_next_ = 0;  // behind what was read; what is carried out is in the state
  std::int64_t looked_at_ms_ = 0;
  std::optional<Replay> replay_;
  const IsSubscribed is_subscribed_;
  std::unique_ptr<LogReplay> log_replay_;
  std::int64_t told_at_ms_ = 0;  // how far that one has come
};

}  // namespace wakestream::deliver
