// What a promoted server has of a pipeline's past.
//
// When a standby takes over, or a backup is restored, the server leaves its timeline at a switch
// point: what the old timeline holds behind it never happened, as far as the server knows, and its
// own commits fill the same LSNs anew.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "roles/capture/checkpoint.h"
#include "roles/capture/input.h"

namespace wakestream::capture {

// Where the server's history left `timeline`; nothing when it does not descend from it.
std::optional<cdc::Lsn> left_at(std::span<const input::HistoryRead::Switch> switches,
                                std::uint32_t timeline);

// The end of what was emitted, a transaction in parts included.
cdc::Lsn emitted_end(const Checkpoint& checkpoint);
// Is something that was emitted gone, when nothing behind `switch_point` happened?
bool emitted_is_gone(const Checkpoint& checkpoint, cdc::Lsn switch_point);

// The checkpoint for a server that left its timeline there: idle positions behind it are nothing
// read.
Checkpoint read_back_to(Checkpoint checkpoint, cdc::Lsn switch_point);

// Does the log of a server of the checkpoint's timeline end before the checkpoint? Then it was set
// back, as by a backup that was put in its place. A standby may be behind all the same.
bool set_back(const Checkpoint& checkpoint, const input::Connected& server, cdc::Lsn wal_end);

}  // namespace wakestream::capture
