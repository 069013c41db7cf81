// What an operator asks of a running capture, and what came of it.
//
// A command is a record of the control topic; its key is its id. The capture that owns the pipeline
// carries commands out in their order, each at a commit of PostgreSQL, and writes its decision into
// the decisions topic under the same key, in the very log transaction that does it: a command is
// done once, and whoever gave it can wait for the answer. A command that cannot be done is refused
// with the reason, and changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "cdc/lsn.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/consequence.h"

namespace wakestream::capture {

struct Command {
  static constexpr std::string_view reload_rules = "reload_rules";
  static constexpr std::string_view replay_quarantine = "replay_quarantine";
  // Nothing is done; the command and its decision say who looked at values, and why.
  static constexpr std::string_view show_values = "show_values";
  // Likewise: who let the log forget a consumer group, and why.
  static constexpr std::string_view forget_group = "forget_group";
  // Carried out by whoever gives them, while no capture runs: only their decisions are in the log.
  static constexpr std::string_view checkpoint_set = "checkpoint_set";
  static constexpr std::string_view checkpoint_epoch = "checkpoint_epoch";
  static constexpr std::string_view checkpoint_adopt_slot = "checkpoint_adopt_slot";
  static constexpr std::string_view snapshot_start = "snapshot_start";
  static constexpr std::string_view snapshot_pause = "snapshot_pause";
  static constexpr std::string_view snapshot_resume = "snapshot_resume";
  static constexpr std::string_view snapshot_cancel = "snapshot_cancel";
  // No command, but what decisions name that say that a table of a snapshot is done.
  static constexpr std::string_view snapshot_table = "snapshot_table";

  std::string name;  // one of the above
  std::string id;
  std::string who;  // "user@host", for people
  std::string why;  // as they said it
  std::int64_t given_at_ms = 0;
  // reload_rules: what the giver's files hold; empty takes what the capture's files hold.
  std::string rules_hash;
  // replay_quarantine, show_values: of this rule and this table; empty means of every one.
  std::string rule;
  std::string table;
  // replay_quarantine: the rows before this offset of the quarantine topic, so that it ends.
  std::int64_t end_offset = 0;
  std::string group{};  // forget_group
  // snapshot_start: "schema.table" each; empty takes every table whose rules take SNAPSHOT rows.
  std::vector<std::string> tables;
  std::string where{};       // snapshot_start of one table: a condition on its rows, as SQL
  bool differences = false;  // snapshot_start: what was said already is left out
  std::string consumer{};    // snapshot_start: for this one alone; empty: for everybody
};

struct ReplayCounts {
  std::int64_t replayed = 0;
  std::int64_t no_event = 0;  // the rule makes no event of the row any more
  std::int64_t left = 0;      // still in quarantine: it fails again, or its rule or table is gone

  ReplayCounts& operator+=(const ReplayCounts& other) {
    replayed += other.replayed;
    no_event += other.no_event;
    left += other.left;
    return *this;
  }
};

struct Decision {
  std::string id;
  std::string command;
  std::string who;
  std::string why;
  bool done = false;   // else refused
  bool more = false;   // a step of several: others follow
  std::string reason;  // when refused
  cdc::Lsn at;         // everything that commits before it came before the decision
  std::string rules_hash_before;
  std::string rules_hash;  // in force from `rules_since` on
  RulesSince rules_since;
  ReplayCounts counts;         // of this step
  std::uint64_t snapshot = 0;  // which, of a command about one
  std::string where{};         // snapshot_start: the condition, when only a part of a table is read
  std::string consumer{};      // snapshot_start: for whom alone it is
  std::string table;           // snapshot_table: that is done
  std::uint64_t rows = 0;      // snapshot_table: that are done
  // Of a snapshot that leaves out what was said already: how many events that were, and of how many
  // accounts something was said that the table does not have any more (nothing: not known).
  bool differences = false;
  std::uint64_t unchanged = 0;
  std::optional<std::uint64_t> said_but_not_found{};
  std::string decided_by;  // the incarnation, for people
  std::int64_t decided_at_ms = 0;
  // checkpoint_*: the records before (none: it was lost) and after, and what it costs. Written, not
  // read back.
  std::optional<Checkpoint> checkpoint_before{};
  std::optional<Checkpoint> checkpoint_after{};
  std::vector<Consequence> consequences{};
};

std::string encode_command(const Command& command);
// The error is a sentence for an operator: an unknown command, or a member that is missing.
tl::expected<Command, std::string> decode_command(std::string_view json);

std::string encode_decision(const Decision& decision);
tl::expected<Decision, std::string> decode_decision(std::string_view json);

}  // namespace wakestream::capture
