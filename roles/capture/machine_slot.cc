// The slot at a start: found and held against the checkpoint, or made.
#include <fmt/format.h>

#include <algorithm>

#include "roles/capture/error_policy.h"
#include "roles/capture/machine.h"
#include "roles/capture/timeline.h"

namespace wakestream::capture {

using action::Level;
using cdc::to_string;

void Machine::on(const input::SlotFound& answer) {
  server_end_ = received_end_ =
      answer.slot ? std::max(answer.wal_end, answer.slot->confirmed_flush) : answer.wal_end;
  if (set_back(next_, server_, answer.wal_end)) {
    return refuse(fmt::format(
        "the log of {} ends at {}, and the checkpoint reads through {}: the server was set back, "
        "as a restored backup is. Going on is an operator's decision and raises the epoch: see "
        "wakestream checkpoint epoch",
        server_.server, to_string(answer.wal_end), to_string(next_.read_through)));
  }
  if (!is_born()) return find_slot_for_birth(answer.slot);
  if (!answer.slot) {
    return on_postgres_failed({cdc::ErrorKind::slot_missing,
                               fmt::format("{} has no slot \"{}\"", server_.server, settings_.slot),
                               {}});
  }
  compare_with_slot(*answer.slot);
}

void Machine::find_slot_for_birth(const std::optional<input::SlotFound::Slot>& slot) {
  const bool half_made = durable_.has_value();
  if (slot && slot->active && (half_made || settings_.slot_existing)) {
    say(Level::info, "slot_waiting", "the slot is in use; waiting",
        {{"pid", std::to_string(slot->active_pid)}});
    due_ms_ = now_.mono_ms + settings_.slot_poll_ms;
    return;
  }
  if (settings_.slot_existing && half_made) {
    return refuse(
        fmt::format("the log says that wakestream was making slot \"{}\", and the configuration "
                    "says that it exists beforehand (slot: existing). Start once with slot: "
                    "create; or see wakestream checkpoint adopt-slot",
                    settings_.slot));
  }
  if (settings_.slot_existing) {
    if (!slot) {
      return on_postgres_failed(
          {cdc::ErrorKind::slot_missing,
           fmt::format(
               "{} has no slot \"{}\", and the configuration says that it exists (slot: existing)",
               server_.server, settings_.slot),
           {}});
    }
    next_.born_at = next_.read_through = slot->confirmed_flush;
    return compare_with_slot(*slot);
  }
  if (slot && !half_made) {
    return refuse(
        fmt::format("slot \"{}\" exists, but the log has no checkpoint of pipeline {}: either the "
                    "log was lost, or the slot is somebody else's. To take the slot over where it "
                    "stands: see wakestream checkpoint adopt-slot",
                    settings_.slot, settings_.pipeline));
  }
  if (const auto why = why_no_failover_slot(); !why.empty()) return refuse(why);
  half_made_slot_ = slot.has_value();
  check_rules();
}

std::string Machine::why_no_failover_slot() const {
  if (!settings_.slot_failover) return {};
  if (server_.version_num < 170000) {
    return fmt::format(
        "source.failover is true, and {} is PostgreSQL {}: slots that standbys copy came with 17. "
        "Set source.failover: false",
        server_.server, server_.version_num / 10000);
  }
  if (server_.in_recovery) {
    return fmt::format(
        "source.failover is true, and {} is a standby: a slot that standbys copy can only be made "
        "on the primary. Point source.url at the primary; or set source.failover: false, for a "
        "slot of the standby's own, which it keeps when it is promoted",
        server_.server);
  }
  return {};
}

// A standby's copy of its primary's slot can be read when the standby is promoted. Until then
// another server may be the one to read.
void Machine::wait_for_promotion() {
  if (last_wait_ != "promotion") {
    say(Level::info, "promotion_waiting",
        fmt::format("slot \"{}\" of the standby {} is a copy of its primary's, which nobody can "
                    "read before the standby is promoted; waiting",
                    settings_.slot, server_.server));
  }
  last_wait_ = "promotion";
  stalled_since_ms_ = 0;
  give_back(State::offline);
}

void Machine::compare_with_slot(const input::SlotFound::Slot& slot) {
  if (slot.plugin != "pgoutput") {
    return refuse(
        fmt::format("slot \"{}\" uses the plugin {}, and must use pgoutput: choose another "
                    "slot_name, then see wakestream checkpoint adopt-slot",
                    settings_.slot, slot.plugin));
  }
  if (slot.database != server_.database) {
    return on_postgres_failed(
        {cdc::ErrorKind::wrong_database,
         fmt::format("slot \"{}\" belongs to database {}, and source.url to {}", settings_.slot,
                     slot.database, server_.database),
         {}});
  }
  if (slot.lost) {
    return on_postgres_failed(
        {cdc::ErrorKind::slot_lost,
         fmt::format("slot \"{}\" is lost: {}", settings_.slot, why_lost(slot.invalidation)),
         {}});
  }
  if (slot.synced && server_.in_recovery) return wait_for_promotion();
  if (slot.two_phase) {
    return refuse(
        fmt::format("slot \"{}\" was made with two_phase, which loses prepared transactions at a "
                    "restart: make it anew without; see wakestream checkpoint adopt-slot",
                    settings_.slot));
  }
  if (slot.confirmed_flush > next_.read_through) {
    return refuse(fmt::format(
        "slot \"{}\" is confirmed up to {}, and the checkpoint reads only through {}: PostgreSQL "
        "would skip what lies between in silence. Somebody else consumed the slot, or the log was "
        "set back. To go on without it: see wakestream checkpoint adopt-slot",
        settings_.slot, to_string(slot.confirmed_flush), to_string(next_.read_through)));
  }
  if (slot.active) {
    if (last_wait_ != "slot") {
      say(Level::info, "slot_waiting",
          "another connection streams from the slot; waiting for it to end (PostgreSQL lets go of "
          "a dead one after wal_sender_timeout)",
          {{"pid", std::to_string(slot.active_pid)}});
    }
    last_wait_ = "slot";
    due_ms_ = now_.mono_ms + settings_.slot_poll_ms;
    return;
  }
  check_rules();
}

void Machine::on(const input::SlotDropped&) { create_slot(); }

// It waits for the transactions that run; however long they do, beginning anew would only wait
// longer.
void Machine::create_slot() {
  enter(State::creating_slot);
  due_ms_ = now_.mono_ms + settings_.slot_explain_ms;
  act(action::CreateSlot{fills_at_birth()});
}

void Machine::on(const input::SlotAwaited& answer) {
  if (state_ != State::creating_slot) return;
  say(Level::info, "slot_making", fmt::format("making the slot waits for {}", answer.for_what),
      {{"slot", settings_.slot}});
  due_ms_ = now_.mono_ms + settings_.slot_explain_ms;
}

void Machine::on(const input::SlotCreated& answer) {
  server_reached(answer.consistent_point);
  next_ = *durable_;
  next_.born_at = answer.consistent_point;
  if (!answer.snapshot.empty()) return begin_fill(answer.snapshot);
  be_born();
}

void Machine::be_born() {
  next_.read_through = next_.born_at;  // nothing is emitted yet
  next_.rules_since = {next_.born_at, 0};
  say(Level::info, "born", "the slot is made; events begin behind its consistent point",
      {{"slot", settings_.slot}, {"lsn", to_string(next_.born_at)}});
  claim();
}

}  // namespace wakestream::capture
