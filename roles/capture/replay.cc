#include "roles/capture/replay.h"

#include <algorithm>

#include "mapping/mapper.h"
#include "mapping/rule.h"

namespace wakestream::capture {

namespace {

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

// Is there such a rule, and is it in force?
bool in_force(const std::string& type, const mapping::RuleSet& rules,
              const mapping::ContextLookup* context) {
  const auto all = rules.rules();
  const auto rule = std::find_if(all.begin(), all.end(),
                                 [&](const mapping::Rule& one) { return one.type == type; });
  if (rule == all.end()) return false;
  return !rule->joins_context || context == nullptr || context->is_filled();
}

}  // namespace

ReplayCounts replay(const ReplayStep& step, const mapping::RuleSet& rules, std::uint32_t epoch,
                    const LatePlace& place, const std::string& command_id,
                    mapping::ContextLookup* context, EventRecorder& recorder) {
  std::uint64_t said = 0;
  ReplayCounts counts;
  mapping::Mapper mapper(rules, context);  // the stream's own keeps what it knows of its tables
  for (const auto& change : step.changes) {
    const auto& record = change.record;
    if (!change.problem.empty() || !in_force(record.rule, rules, context)) {
      ++counts.left;
      continue;
    }
    const auto sequence = late_origin(epoch, place, said + 1, 0);
    OneRule sink(record.rule, sequence, recorder);
    const auto mapped = mapper.map(record.origin, change.row.change, sink);
    if (!mapped || sink.failed()) {
      ++counts.left;
      continue;
    }
    recorder.on_resolved(record, sink.replayed() ? "replayed" : "no event", command_id);
    if (sink.replayed()) ++said;
    ++(sink.replayed() ? counts.replayed : counts.no_event);
  }
  return counts;
}

}  // namespace wakestream::capture
