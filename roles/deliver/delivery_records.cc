#include "roles/deliver/delivery_records.h"

#include "log/partition.h"
#include "roles/deliver/lane_record.h"
#include "roles/disclosure/disclosed_headers.h"

namespace wakestream::deliver {

void DeliveryRecords::receipt(const Receipt& receipt) {
  batch_.add(topics_.receipts, share_.home(), receipt.at_ms, receipt.subject, {},
             encode_receipt(receipt));
}

void DeliveryRecords::disclosed(std::string_view topic, std::int32_t partition_count,
                                const Try& attempt, const Judgement& judgement) {
  const auto& event = *attempt.event;
  batch_.add(topic, log::partition_of(judgement.subject, partition_count), event.timestamp_ms,
             judgement.subject,
             disclosure::disclosed_headers(event, judgement.id, judgement.subject, attempt.sequence,
                                           judgement.receipt.policy_hash),
             judgement.data);
}

void DeliveryRecords::changes(const Changes& changes, std::int64_t now_ms) {
  for (const auto& letter : changes.letters)
    batch_.add(topics_.dead_letters, letter.event.partition, now_ms,
               letter_key(letter.account(), letter.event.offset), letter_headers(letter),
               letter.event.value);
  for (const auto& letter : changes.letters_settled)
    batch_.add_tombstone(topics_.dead_letters, letter.event.partition, now_ms,
                         letter_key(letter.account(), letter.event.offset));
  for (const auto& [account, lane] : changes.lanes) {
    if (lane.state)
      batch_.add(topics_.lanes, lane.partition, now_ms, account, {}, encode_lane(*lane.state));
    else
      batch_.add_tombstone(topics_.lanes, lane.partition, now_ms, account);
  }
}

void DeliveryRecords::progress(std::int32_t partition, const Progress& progress,
                               std::int64_t now_ms) {
  batch_.add(topics_.lanes, share_.home(), now_ms, progress_key(partition), {}, progress.encode());
}

void DeliveryRecords::state(ConsumerState state, std::int64_t now_ms) {
  state.share_count = share_.count;
  batch_.add(topics_.lanes, share_.home(), now_ms, consumer_state_key, {}, encode_state(state));
}

void DeliveryRecords::decision(Decision decision) {
  decision.share = share_;
  batch_.add(topics_.decisions, 0, decision.decided_at_ms, decision.id, {},
             encode_decision(decision));
}

void DeliveryRecords::log_replay(const LogReplayState& state, std::int64_t now_ms) {
  batch_.add(topics_.lanes, share_.home(), now_ms, log_replay_key, {}, encode_log_replay(state));
}

void DeliveryRecords::log_replay_ended(std::int64_t now_ms) {
  batch_.add_tombstone(topics_.lanes, share_.home(), now_ms, log_replay_key);
}

log::Result<void> DeliveryRecords::produce(log::Writer& writer) {
  for (std::size_t index = 0; index < batch_.size(); ++index)
    if (auto produced = writer.produce(batch_.at(index)); !produced) return produced;
  return {};
}

}  // namespace wakestream::deliver
