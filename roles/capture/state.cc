#include "roles/capture/state.h"

#include "roles/capture/input.h"

namespace wakestream::capture {

std::string_view to_string(State state) {
  switch (state) {
    case State::offline:
      return "offline";
    case State::connecting:
      return "connecting";
    case State::leasing:
      return "leasing";
    case State::peeking:
      return "peeking";
    case State::waiting_stale:
      return "waiting_stale";
    case State::opening:
      return "opening";
    case State::reading:
      return "reading";
    case State::identifying:
      return "identifying";
    case State::finding_slot:
      return "finding_slot";
    case State::reading_history:
      return "reading_history";
    case State::checking_rules:
      return "checking_rules";
    case State::recording_birth:
      return "recording_birth";
    case State::dropping_slot:
      return "dropping_slot";
    case State::creating_slot:
      return "creating_slot";
    case State::filling_context:
      return "filling_context";
    case State::claiming:
      return "claiming";
    case State::starting:
      return "starting";
    case State::streaming:
      return "streaming";
    case State::doubt_closing:
      return "doubt_closing";
    case State::doubt_pinging:
      return "doubt_pinging";
    case State::doubt_reading:
      return "doubt_reading";
    case State::doubt_opening:
      return "doubt_opening";
    case State::doubt_rereading:
      return "doubt_rereading";
    case State::doubt_claiming:
      return "doubt_claiming";
    case State::stopping:
      return "stopping";
    case State::closing:
      return "closing";
    case State::log_away:
      return "log_away";
    case State::refused:
      return "refused";
    case State::stopped:
      return "stopped";
  }
  return "";
}

namespace {

struct InputName {
  std::string_view operator()(const input::Tick&) const { return "Tick"; }
  std::string_view operator()(const input::Stop&) const { return "Stop"; }
  std::string_view operator()(const input::Connected&) const { return "Connected"; }
  std::string_view operator()(const input::Identified&) const { return "Identified"; }
  std::string_view operator()(const input::PostgresFailed&) const { return "PostgresFailed"; }
  std::string_view operator()(const input::LeaseAnswered&) const { return "LeaseAnswered"; }
  std::string_view operator()(const input::SlotFound&) const { return "SlotFound"; }
  std::string_view operator()(const input::SlotDropped&) const { return "SlotDropped"; }
  std::string_view operator()(const input::SlotAwaited&) const { return "SlotAwaited"; }
  std::string_view operator()(const input::SlotCreated&) const { return "SlotCreated"; }
  std::string_view operator()(const input::HistoryRead&) const { return "HistoryRead"; }
  std::string_view operator()(const input::RulesChecked&) const { return "RulesChecked"; }
  std::string_view operator()(const input::StreamStarted&) const { return "StreamStarted"; }
  std::string_view operator()(const input::Began&) const { return "Began"; }
  std::string_view operator()(const input::RowReceived&) const { return "RowReceived"; }
  std::string_view operator()(const input::RowMapped&) const { return "RowMapped"; }
  std::string_view operator()(const input::WaitingSettled&) const { return "WaitingSettled"; }
  std::string_view operator()(const input::RuleBroken&) const { return "RuleBroken"; }
  std::string_view operator()(const input::Ended&) const { return "Ended"; }
  std::string_view operator()(const input::KeptAlive&) const { return "KeptAlive"; }
  std::string_view operator()(const input::CommandReady&) const { return "CommandReady"; }
  std::string_view operator()(const input::CommandApplied&) const { return "CommandApplied"; }
  std::string_view operator()(const input::ComparisonRead&) const { return "ComparisonRead"; }
  std::string_view operator()(const input::ChunkReady&) const { return "ChunkReady"; }
  std::string_view operator()(const input::ChunkFailed&) const { return "ChunkFailed"; }
  std::string_view operator()(const input::ChunkApplied&) const { return "ChunkApplied"; }
  std::string_view operator()(const input::SnapshotImported&) const { return "SnapshotImported"; }
  std::string_view operator()(const input::AccountsTaken&) const { return "AccountsTaken"; }
  std::string_view operator()(const input::FillFailed&) const { return "FillFailed"; }
  std::string_view operator()(const input::CheckpointRead&) const { return "CheckpointRead"; }
  std::string_view operator()(const input::LogFailed&) const { return "LogFailed"; }
  std::string_view operator()(const input::KeyFailed&) const { return "KeyFailed"; }
  std::string_view operator()(const input::WriterOpened&) const { return "WriterOpened"; }
  std::string_view operator()(const input::WriterClosed&) const { return "WriterClosed"; }
  std::string_view operator()(const input::Committed&) const { return "Committed"; }
  std::string_view operator()(const input::NotWritten&) const { return "NotWritten"; }
  std::string_view operator()(const input::InDoubt&) const { return "InDoubt"; }
};

}  // namespace

std::string_view name_of(const Input& input) { return std::visit(InputName{}, input); }

}  // namespace wakestream::capture
