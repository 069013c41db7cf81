#include "roles/capture/replay.h"

#include <algorithm>

#include "mapping/mapper.h"

namespace wakestream::capture {

namespace {

// Commits compare by their LSN; none begins between the end of the last and one byte before it.
mapping::ChangeOrigin sequence_of(const ReplayPlace& place, std::int64_t offset) {
  constexpr std::uint64_t half = (1U << 24U) - 1;
  mapping::ChangeOrigin sequence;
  sequence.epoch = place.epoch;
  sequence.commit_lsn = cdc::Lsn{place.at.value() - 1};
  sequence.ordinal = (static_cast<std::uint64_t>(place.command_offset) & half) << 24U |
                     (static_cast<std::uint64_t>(offset) & half);
  return sequence;
}

// Takes what one rule says of one row.
class OneRule final : public mapping::EventSink {
 public:
  OneRule(std::string_view rule, const mapping::ChangeOrigin& sequence, EventRecorder& recorder)
      : rule_(rule), sequence_(sequence), recorder_(recorder) {}

  void on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) override {
    if (event.type != rule_) return;
    const bool recorded = recorder_.on_late_event(origin, event, sequence_);
    (recorded ? replayed_ : failed_) = true;
  }
  void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow& row) override {
    failed_ = failed_ || row.rule == rule_;
  }
  bool replayed() const { return replayed_; }
  bool failed() const { return failed_; }

 private:
  std::string_view rule_;
  const mapping::ChangeOrigin& sequence_;
  EventRecorder& recorder_;
  bool replayed_ = false;
  bool failed_ = false;
};

}  // namespace

ReplayCounts replay(const ReplayStep& step, const mapping::RuleSet& rules, const ReplayPlace& place,
                    const std::string& command_id, EventRecorder& recorder) {
  ReplayCounts counts;
  mapping::Mapper mapper(rules);  // the stream's own keeps what it knows of its tables
  const auto types = rules.event_types();
  for (const auto& change : step.changes) {
    const auto& record = change.record;
    const bool known = std::find(types.begin(), types.end(), record.rule) != types.end();
    if (!change.problem.empty() || !known) {
      ++counts.left;
      continue;
    }
    const auto sequence = sequence_of(place, record.offset);
    OneRule sink(record.rule, sequence, recorder);
    const auto mapped = mapper.map(record.origin, change.row.change, sink);
    if (!mapped || sink.failed()) {
      ++counts.left;
      continue;
    }
    recorder.on_resolved(record, sink.replayed() ? "replayed" : "no event", command_id);
    ++(sink.replayed() ? counts.replayed : counts.no_event);
  }
  return counts;
}

}  // namespace wakestream::capture
