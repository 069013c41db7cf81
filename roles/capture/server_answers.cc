#include "roles/capture/server_answers.h"

namespace wakestream::capture {

input::Connected connected_to(const cdc::ServerIdentity& server) {
  input::Connected answer;
  answer.server = server.address;
  answer.database = server.database;
  answer.system_identifier = server.system_identifier;
  answer.timeline = server.timeline;
  answer.in_recovery = server.in_recovery;
  answer.version_num = server.version_num;
  answer.wal_level = server.wal_level;
  answer.wal_sender_timeout_ms = server.wal_sender_timeout.count();
  return answer;
}

input::SlotFound found_slot(const std::optional<cdc::SlotState>& slot, cdc::Lsn wal_end) {
  input::SlotFound answer;
  answer.wal_end = wal_end;
  if (!slot) return answer;
  answer.slot = input::SlotFound::Slot{slot->plugin,
                                       slot->database,
                                       slot->active,
                                       slot->active_pid,
                                       slot->lost,
                                       slot->two_phase,
                                       slot->confirmed_flush_lsn,
                                       slot->invalidation,
                                       slot->synced};
  return answer;
}

input::HistoryRead read_history(const std::vector<cdc::TimelineSwitch>& switches) {
  input::HistoryRead answer;
  for (const auto& entry : switches) answer.switches.push_back({entry.id, entry.switch_point});
  return answer;
}

}  // namespace wakestream::capture
