// What a start of the capture would come to, said beforehand: the machine itself is asked, with
// what was found, and nothing is done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "roles/capture/input.h"
#include "roles/capture/settings.h"

namespace wakestream::capture {

// What a pipeline finds at its start: the server, its slot there, and the checkpoint in the log.
struct Situation {
  input::Connected server;
  std::vector<input::HistoryRead::Switch> switches;  // the history of the server's timeline
  std::optional<input::SlotFound::Slot> slot;        // of the configured name
  cdc::Lsn wal_end;                                  // of the server
  input::CheckpointRead log;
};

struct StartPreview {
  std::string refusal;      // empty: it would go on
  bool makes_slot = false;  // it would make the slot, and begin there
  cdc::Lsn reads_from;      // else
};

// Nobody else is thought to run, and the rules to fit.
StartPreview preview_start(const Settings& settings, const Situation& situation);

}  // namespace wakestream::capture
