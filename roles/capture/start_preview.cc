#include "roles/capture/start_preview.h"

#include <utility>

#include "roles/capture/machine.h"

namespace wakestream::capture {

namespace {

class Preview {
 public:
  Preview(const Settings& settings, const Situation& situation)
      : situation_(situation), machine_(settings) {
    if (situation_.slot) situation_.slot->active = false;
    // Long after any record, so that no other writer is waited for.
    if (const auto& found = situation_.log.checkpoint)
      now_.wall_ms = found->written_at_ms + settings.stale_after_ms;
  }

  StartPreview run() {
    std::optional<Input> next = input::Tick{};
    while (next && !ended_) {
      const auto actions = machine_.step(now_, *next);
      next.reset();
      for (const auto& action : actions)
        if (auto answer = std::visit([this](const auto& what) { return answer_to(what); }, action))
          next = std::move(answer);
    }
    return result_;
  }

 private:
  using Answer = std::optional<Input>;

  Answer answer_to(const action::Connect&) { return situation_.server; }
  Answer answer_to(const action::Identify&) { return input::Identified{situation_.server}; }
  Answer answer_to(const action::TryLease&) { return input::LeaseAnswered{true, {}}; }
  Answer answer_to(const action::ReadCheckpoint&) { return situation_.log; }
  Answer answer_to(const action::OpenWriter&) { return input::WriterOpened{}; }
  Answer answer_to(const action::CloseWriter&) { return input::WriterClosed{}; }
  Answer answer_to(const action::FindSlot&) {
    return input::SlotFound{situation_.slot, situation_.wal_end};
  }
  Answer answer_to(const action::ReadHistory&) { return input::HistoryRead{situation_.switches}; }
  Answer answer_to(const action::CheckRules&) { return input::RulesChecked{}; }
  Answer answer_to(const action::Write& write) {
    ended_ = true;
    result_.makes_slot = write.checkpoint.birth == Birth::creating_slot;
    result_.reads_from = write.checkpoint.read_through;
    return std::nullopt;
  }
  Answer answer_to(const action::Say& said) {
    if (said.event == "promotion_waiting") {
      ended_ = true;
      result_.refusal = said.message;
    }
    return std::nullopt;
  }
  Answer answer_to(const action::Exit& exit) {
    ended_ = true;
    result_.refusal = exit.reason;
    return std::nullopt;
  }
  template <class Other>
  Answer answer_to(const Other&) {
    return std::nullopt;
  }

  Situation situation_;
  Machine machine_;
  Time now_;
  bool ended_ = false;
  StartPreview result_;
};

}  // namespace

StartPreview preview_start(const Settings& settings, const Situation& situation) {
  return Preview(settings, situation).run();
}

}  // namespace wakestream::capture
