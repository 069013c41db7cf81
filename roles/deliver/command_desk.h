// Commands for one consumer: read from the control topic, carried out on its lanes, answered.
//
// What is carried out and its decision are one transaction, with how far the commands were read
// (ConsumerState). A replay of many accounts takes several; after a crash in its midst it is begun
// again, which finds what it moved already moved.
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
#include "roles/deliver/topics.h"

namespace wakestream::deliver {

class CommandDesk {
 public:
  // `event_log` and `topics` outlive it.
  CommandDesk(log::EventLog& event_log, const Topics& topics, std::string consumer,
              std::string incarnation);

  // Goes on where the record says, else with the commands that come from now on, which is put on
  // record: from then on a command that is given while nobody delivers is carried out afterwards.
  log::Result<void> begin(const std::optional<ConsumerState>& recorded, DeliveryRecords& records,
                          std::int64_t now_ms);
  // Carries out what there is, a part at a time; never waits.
  log::Result<void> step(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                         std::int64_t now_ms);
  // Not by a command.
  void pause(std::string who, std::string why, std::int64_t now_ms, DeliveryRecords& records);

  const ConsumerState& state() const { return state_; }

 private:
  struct Replay {
    Command command;
    std::string after;  // the account that it came to
    std::int64_t moved = 0;
  };

  log::Result<void> read(Lanes& lanes, DeliveryRecords& records, std::int64_t now_ms);
  void take(const Command& command, Lanes& lanes, DeliveryRecords& records, std::int64_t now_ms);
  void go_on(Lanes& lanes, LaneStore& store, DeliveryRecords& records, std::int64_t now_ms);
  void set_paused(bool paused, std::string who, std::string why, std::int64_t now_ms);
  void decide(const Command& command, std::int64_t moved, std::int64_t now_ms,
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
};

}  // namespace wakestream::deliver
