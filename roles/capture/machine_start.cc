// From a connection to the stream: lease, fencing, checkpoint, PostgreSQL's side of the story,
// claim.
#include <fmt/format.h>

#include <algorithm>

#include "roles/capture/machine.h"
#include "roles/capture/own_record.h"
#include "roles/capture/timeline.h"

namespace wakestream::capture {

using action::Level;
using cdc::to_string;

void Machine::on(const input::Connected& answer) {
  server_ = answer;
  if (answer.wal_level != "logical") {
    return on_postgres_failed(
        {cdc::ErrorKind::wal_level,
         fmt::format("wal_level is {}, and must be logical", answer.wal_level),
         {}});
  }
  if (answer.in_recovery && answer.version_num < 160000) {
    return on_postgres_failed(
        {cdc::ErrorKind::server_version,
         fmt::format(
             "{} is a standby of PostgreSQL {}; logical decoding on a standby needs 16 or later",
             answer.server, answer.version_num / 10000),
         {}});
  }
  // Three chances before the server gives up on us; 0 means that it never does.
  feedback_interval_ms_ = settings_.feedback_interval_ms_max;
  if (answer.wal_sender_timeout_ms > 0) {
    feedback_interval_ms_ = std::min(feedback_interval_ms_,
                                     std::max<std::int64_t>(answer.wal_sender_timeout_ms / 6, 1));
  }
  // Not less than the server's own patience: a walsender that decodes a large transaction of which
  // it sends nothing looks at what we say only when half of that is over.
  silence_ms_max_ = settings_.silence_ms_max;
  if (answer.wal_sender_timeout_ms > 0)
    silence_ms_max_ = std::max(settings_.silence_ms_min, answer.wal_sender_timeout_ms);
  // And more each time that nothing was committed in between: it may decode, and would begin anew.
  silence_ms_max_ = std::min(silence_ms_max_ << silences_in_a_row_,
                             std::max(silence_ms_max_, settings_.stall_ms_max));
  enter(State::leasing);
  act(action::TryLease{});
}

void Machine::on(const input::LeaseAnswered& answer) {
  if (!answer.granted) {
    if (last_wait_ != "lease") {
      say(Level::info, "lease_waiting",
          "another instance holds the lease of this pipeline; waiting for it to end",
          {{"holder", answer.holder}});
    }
    last_wait_ = "lease";
    if (!answer.our_own) stalled_since_ms_ = 0;  // somebody else streams, or is to find out
    if (stalled_too_long()) return give_up();
    due_ms_ = now_.mono_ms + settings_.lease_poll_ms;
    return follow_context();
  }
  enter(State::peeking);
  if (!follows_context_) peek();
}

void Machine::peek() {
  begin_log_operation(LogOperation::read, action::ReadCheckpoint{log::Settled::as_it_is});
}

// A primary and its standby grant the same lease, so a writer that reads the other server may be
// alive. Our clock measures how long its record has stood still; its own time stamp only shortens
// that.
void Machine::peeked(const std::optional<Checkpoint>& found) {
  const bool other_server =
      found && found->incarnation != settings_.incarnation && found->server != server_.server;
  if (other_server) {
    if (stale_watch_serial_ != found->serial) {
      stale_watch_serial_ = found->serial;
      stale_watch_since_ms_ = now_.mono_ms;
    }
    const bool stood_still = now_.mono_ms - stale_watch_since_ms_ >= settings_.stale_after_ms;
    const bool old = now_.wall_ms - found->written_at_ms >= settings_.stale_after_ms;
    if (!stood_still && !old) {
      if (last_wait_ != "stale") {
        say(Level::info, "stale_waiting",
            "another instance wrote a moment ago while it read another server; waiting until its "
            "record is stale",
            {{"writer", to_string(found->incarnation)}, {"server", found->server}});
      }
      last_wait_ = "stale";
      enter(State::waiting_stale);
      due_ms_ = now_.mono_ms + settings_.lease_poll_ms;
      return;
    }
  }
  stale_watch_serial_.reset();
  enter(State::opening);
  begin_log_operation(LogOperation::open, action::OpenWriter{});
}

// Who the server was when we connected may be long ago: the lease was waited for, and the log.
void Machine::on(const input::Identified& answer) {
  if (state_ != State::identifying) return;  // a sign of life
  server_ = answer.server;
  compare_with_server();
}

void Machine::compare_with_server() {
  durable_ = read_.checkpoint;
  if (!durable_) {
    if (read_.events_exist) {
      return refuse(
          fmt::format("the event log holds events of pipeline {} but no checkpoint: the checkpoint "
                      "topic has lost its records. Restore it, or take up where the slot stands: "
                      "see wakestream checkpoint adopt-slot",
                      settings_.pipeline));
    }
    next_ = {};
    next_.event_partition_count = read_.event_partition_count;
    enter(State::finding_slot);
    act(action::FindSlot{});
    return;
  }
  if (durable_->event_partition_count != read_.event_partition_count) {
    return refuse(fmt::format(
        "the events topic has {} partitions, and had {} when the pipeline was born: an account's "
        "order would be lost. Restore the topic; or see wakestream checkpoint epoch",
        read_.event_partition_count, durable_->event_partition_count));
  }
  if (durable_->slot != settings_.slot) {
    return refuse(fmt::format(
        "the checkpoint belongs to slot \"{}\", and the configuration names \"{}\". Set "
        "slot_name back; or see wakestream checkpoint adopt-slot",
        durable_->slot, settings_.slot));
  }
  if (durable_->system_identifier != server_.system_identifier) {
    return refuse(fmt::format(
        "this is another database cluster: its system identifier is {}, the checkpoint's is {}. "
        "After pg_upgrade or a restore an operator raises the epoch: see wakestream checkpoint "
        "epoch",
        server_.system_identifier, durable_->system_identifier));
  }
  if (server_.timeline < durable_->timeline) {
    return refuse(
        fmt::format("{} is on timeline {}, and the checkpoint on the newer timeline {}: this "
                    "server was left behind by a failover, or restored from before it. Point "
                    "source.url at the new primary; or see wakestream checkpoint epoch",
                    server_.server, server_.timeline, durable_->timeline));
  }
  next_ = *durable_;
  if (server_.timeline > durable_->timeline) {
    enter(State::reading_history);
    act(action::ReadHistory{server_.timeline});
    return;
  }
  enter(State::finding_slot);
  act(action::FindSlot{});
}

// A new primary. What lies behind the point where it left our timeline never happened, as far as it
// knows, and its own commits fill the same LSNs anew.
void Machine::on(const input::HistoryRead& answer) {
  const auto left = left_at(answer.switches, durable_->timeline);
  if (!left) {
    return refuse(
        fmt::format("timeline {} of {} does not descend from the checkpoint's timeline {}: which "
                    "commits both have is not on record. Going on is an operator's decision: see "
                    "wakestream checkpoint epoch",
                    server_.timeline, server_.server, durable_->timeline));
  }
  const auto switch_point = *left;
  if (emitted_is_gone(*durable_, switch_point)) {
    return refuse(fmt::format(
        "events of commits between {} and {} were emitted, and the new primary {} does not have "
        "those commits (it left timeline {} at {}). Going on is an operator's decision and raises "
        "the epoch: see wakestream checkpoint epoch",
        to_string(switch_point), to_string(emitted_end(*durable_)), server_.server,
        durable_->timeline, to_string(switch_point)));
  }
  next_ = read_back_to(next_, switch_point);
  if (command_) command_->not_before = std::min(command_->not_before, switch_point);
  say(Level::warning, "new_timeline",
      "the server was promoted; nothing that was emitted is gone, going on",
      {{"timeline", std::to_string(server_.timeline)}, {"switch_point", to_string(switch_point)}});
  enter(State::finding_slot);
  act(action::FindSlot{});
}

void Machine::check_rules() {
  enter(State::checking_rules);
  act(action::CheckRules{settings_.snapshot_initial && !is_born(), !is_born() && fills_at_birth()});
}

void Machine::on(const input::RulesChecked& answer) {
  if (!answer.problems.empty()) {
    std::string reason = "the rules do not fit the database:";
    for (const auto& problem : answer.problems) reason += "\n  " + problem;
    return refuse(reason);
  }
  if (!answer.snapshot_problem.empty())
    return refuse(answer.snapshot_problem +
                  "\nMend it, or begin without a snapshot (snapshot.initial: false)");
  if (!answer.context_problem.empty())
    return refuse("the account context cannot be filled: " + answer.context_problem);
  first_snapshot_ = answer.snapshot;
  if (settings_.rules_join_context)
    if (const auto why = why_no_join_at_start(); !why.empty()) return refuse(why);
  if (!is_born() && !settings_.slot_existing) return record_birth();
  claim();
}

Checkpoint Machine::own_record(const Checkpoint& base) const {
  return capture::own_record(base, settings_, server_, durable_ ? durable_->serial : 0);
}

// Rules that differ from the record's hold from where the record ends: inside a split transaction,
// too.
Checkpoint Machine::with_own_rules(Checkpoint record) const {
  if (record.rules_hash != settings_.rules_hash) {
    record.rules_since = record.split
                             ? RulesSince{record.split->commit_lsn, record.split->rows_done}
                             : RulesSince{record.read_through, 0};
  }
  record.rules_hash = settings_.rules_hash;
  record.event_types = grow_registry(record.event_types, settings_.event_types);
  return record;
}

void Machine::record_birth() {
  claim_ = with_own_context(with_own_rules(own_record(next_)));
  claim_.birth = Birth::creating_slot;
  enter(State::recording_birth);
  write(LogOperation::write_birth, {action::Write::Records::none, claim_, 0});
}

void Machine::claim() {
  claim_ = with_own_context(with_own_rules(own_record(next_)));
  if (!is_born()) begin_first_snapshot(claim_);
  claim_.birth = Birth::born;
  enter(State::claiming);
  write(LogOperation::write_claim, {action::Write::Records::none, claim_, 0});
}

void Machine::on(const input::StreamStarted&) {
  enter(State::streaming);
  has_streamed_ = true;
  failures_in_a_row_ = 0;
  last_wait_.clear();
  next_ = *durable_;
  covered_ = last_commit_end_ = durable_->read_through;
  chunk_due_ms_ = 0;
  chunk_failures_ = 0;
  split_to_resume_ = durable_->split;
  reported_ = {};
  last_feedback_ms_ = last_checkpoint_ms_ = heard_ms_ = now_.mono_ms;
  say(Level::info, "streaming", "streaming",
      {{"server", server_.server}, {"from", to_string(covered_)}});
}

}  // namespace wakestream::capture
