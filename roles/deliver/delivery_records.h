// What one step of deliveries puts on record, on its way into one transaction.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "log/event_log.h"
#include "roles/capture/record_batch.h"
#include "roles/deliver/attempt_judge.h"
#include "roles/deliver/command.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/log_replay_record.h"
#include "roles/deliver/receipt.h"
#include "roles/deliver/topics.h"

namespace wakestream::deliver {

class DeliveryRecords {
 public:
  // `topics` outlive it.
  explicit DeliveryRecords(const Topics& topics, reading::Share share = {})
      : topics_(topics), share_(share) {}

  // Receipts and progress of all partitions of the share stand in its first one.
  void receipt(const Receipt& receipt);
  // For a consumer that has a topic of its own: what it may see of the event. `topic` outlives
  // this.
  void disclosed(std::string_view topic, std::int32_t partition_count, const Try& attempt,
                 const Judgement& judgement);
  // Letters and lanes; what has ended, and the progress, are the loop's matter.
  void changes(const Changes& changes, std::int64_t now_ms);
  void progress(std::int32_t partition, const Progress& progress, std::int64_t now_ms);
  // As the share's, which is written into both.
  void state(ConsumerState state, std::int64_t now_ms);
  void decision(Decision decision);
  void log_replay(const LogReplayState& state, std::int64_t now_ms);
  void log_replay_ended(std::int64_t now_ms);

  std::size_t size() const { return batch_.size(); }
  // Joins the transaction that `writer` is in.
  log::Result<void> produce(log::Writer& writer);
  void clear() { batch_.clear(); }

 private:
  const Topics& topics_;
  const reading::Share share_;
  capture::RecordBatch batch_;
};

}  // namespace wakestream::deliver
