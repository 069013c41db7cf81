// What is done about what could not be delivered, without anybody asking: patterns are looked for
// and told of (failure_watch.h), and a schedule has things tried again (replay_schedule.h), on
// record as what a command does is.
//
// Belongs to one thread, the loop's.
#pragma once

#include <cstdint>
#include <optional>

#include "roles/deliver/command_desk.h"
#include "roles/deliver/deliver_facts.h"
#include "roles/deliver/delivery_notices.h"
#include "roles/deliver/delivery_records.h"
#include "roles/deliver/failure_watch.h"
#include "roles/deliver/replay_schedule.h"

namespace wakestream::deliver {

class FailureDesk {
 public:
  // Without `replay` it only looks. The others outlive it.
  FailureDesk(const std::optional<ReplaySettings>& replay, CommandDesk& commands,
              const DeliveryNotices& notices)
      : replay_(replay), commands_(commands), notices_(notices) {}

  // What is on record has been read; `commands` has begun. Times are of the wall clock.
  void begin(DeliveryRecords& records, std::int64_t now_ms);
  // Does a part of what there is to do; never waits.
  void step(Lanes& lanes, LaneStore& store, DeliveryRecords& records, std::int64_t now_ms);
  void show(DeliverFacts& facts) const;

 private:
  const std::optional<ReplaySettings>& replay_;
  CommandDesk& commands_;
  const DeliveryNotices& notices_;
  FailureWatch watch_;
  std::optional<ReplaySchedule> schedule_;
};

}  // namespace wakestream::deliver
