#include "roles/capture/checkpoint_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "roles/capture/own_record.h"
#include "roles/capture/timeline.h"

namespace wakestream::capture {

using cdc::Lsn;
using cdc::to_string;
using Kind = Consequence::Kind;

namespace {

constexpr const char* no_checkpoint =
    "there is no checkpoint to change: see wakestream checkpoint adopt-slot";

tl::unexpected<std::string> refused(std::string reason) {
  return tl::make_unexpected(std::move(reason));
}

class Planning {
 public:
  Planning(const Settings& settings, const Situation& situation)
      : settings_(settings), server_(situation.server), situation_(situation) {}

  Checkpoint record;  // grows into the one to be written
  std::vector<Consequence> consequences;

  void add(Kind kind, Lsn from, Lsn to, std::string sentence) {
    consequences.push_back({kind, from, to, std::move(sentence)});
  }

  // The checkpoint as a start on this server would have it; an error where only a new epoch helps.
  tl::expected<void, std::string> follow_history() {
    const auto& found = *situation_.log.checkpoint;
    const auto reason = history_problem(found);
    if (!reason.empty()) return refused(reason + ": see wakestream checkpoint epoch");
    record = found;
    if (const auto left = left_at(situation_.switches, found.timeline);
        left && server_.timeline != found.timeline)
      record = read_back_to(record, *left);
    return {};
  }

  // Everything of the record that is the server's and ours.
  Change sign() {
    const auto& before = situation_.log.checkpoint;
    record = own_record(std::move(record), settings_, server_, before ? before->serial : 0);
    record.event_partition_count = situation_.log.event_partition_count;
    if (record.context && record.context->is_filled()) forget_context();
    record.rules_since = std::min(record.rules_since, RulesSince{record.read_through, 0});
    return {std::move(record), std::move(consequences)};
  }

  bool slot_is_ours() const {
    return situation_.slot->plugin == "pgoutput" && situation_.slot->database == server_.database;
  }
  bool slot_is_usable() const {
    return situation_.slot && !situation_.slot->lost && !situation_.slot->two_phase;
  }

  // The slot decides where reading can begin. `wanted`: where it should; nothing when no position
  // of before means anything on this server.
  tl::expected<void, std::string> settle_slot(std::optional<Lsn> wanted) {
    if (situation_.slot && !slot_is_ours()) {
      return refused(fmt::format(
          "slot \"{}\" is of plugin {} and database {}: somebody else's. Choose another slot_name",
          settings_.slot, situation_.slot->plugin, situation_.slot->database));
    }
    if (!slot_is_usable()) return make_slot_anew(wanted);
    const auto stands_at = situation_.slot->confirmed_flush;
    record.birth = Birth::born;
    if (!wanted) {
      record.born_at = record.read_through = stands_at;
      add(Kind::lost, {}, stands_at,
          fmt::format("whatever was committed before {}, where slot \"{}\" stands, and is not in "
                      "the log",
                      to_string(stands_at), settings_.slot));
      return {};
    }
    record.read_through = *wanted;
    if (stands_at > *wanted) give_up_before(stands_at, "where the slot stands");
    return {};
  }

  // Reading goes on at `to` instead.
  void give_up_before(Lsn to, std::string_view what) {
    add(Kind::lost, record.read_through, to,
        fmt::format("commits from {} to {} ({}): their events are never written",
                    to_string(record.read_through), to_string(to), what));
    record.read_through = to;
    if (record.split && record.split->commit_lsn < to) drop_split("the rest of it is lost");
  }

  void drop_split(std::string_view consequence) {
    add(Kind::changed, record.split->commit_lsn, {},
        fmt::format("{} row changes of the transaction that commits at {} are in the log, and {}",
                    record.split->rows_done, to_string(record.split->commit_lsn), consequence));
    record.split.reset();
  }

 private:
  // It is as of where the checkpoint stood, and would miss what is left out or gone.
  void forget_context() {
    add(Kind::changed, {}, {},
        "the account context is filled anew, which the next start begins; rules that join it give "
        "no events until then");
    record.context->filled_at = {};
    record.context->fill = 0;
  }

  std::string history_problem(const Checkpoint& found) const {
    if (found.system_identifier != server_.system_identifier)
      return "the server is of another database cluster than the checkpoint";
    if (server_.timeline < found.timeline)
      return "the server's timeline is older than the checkpoint's";
    if (server_.timeline == found.timeline) {
      return set_back(found, server_, situation_.wal_end)
                 ? "the server was set back to before the checkpoint"
                 : "";
    }
    const auto left = left_at(situation_.switches, found.timeline);
    if (!left) return "the server's timeline does not descend from the checkpoint's";
    if (emitted_is_gone(found, *left))
      return "the server was promoted without commits whose events were emitted";
    return {};
  }

  tl::expected<void, std::string> make_slot_anew(std::optional<Lsn> wanted) {
    if (settings_.slot_existing) {
      return refused(
          fmt::format("slot \"{}\" is missing or of no use, and the configuration says "
                      "that it exists (slot: existing): make it, then look again",
                      settings_.slot));
    }
    if (situation_.slot && situation_.slot->active) {
      return refused(fmt::format("slot \"{}\" must be made anew, and is in use by pid {}: end that",
                                 settings_.slot, situation_.slot->active_pid));
    }
    record.birth = Birth::creating_slot;
    add(Kind::changed, {}, {},
        fmt::format("slot \"{}\" is {} by the next start", settings_.slot,
                    situation_.slot ? "dropped and made anew" : "made"));
    add(Kind::lost, wanted.value_or(Lsn{}), {},
        wanted ? fmt::format("commits from {} to the making of the slot: their events are never "
                             "written",
                             to_string(*wanted))
               : "whatever was committed before the making of the slot, and is not in the log");
    // Only until the slot is there: it then says where reading begins.
    record.read_through = std::min(wanted.value_or(situation_.wal_end), situation_.wal_end);
    if (record.split) drop_split("the rest of it is lost");
    return {};
  }

  const Settings& settings_;
  const input::Connected& server_;
  const Situation& situation_;
};

// What the log has and this server does not.
void leave_behind(Planning& plan, const Checkpoint& found, Lsn from, std::string_view why) {
  plan.add(Kind::stands, from, emitted_end(found),
           fmt::format("events of commits from {} to {} ({}) stay in the log, under epoch {}: {}",
                       from.valid() ? to_string(from) : "some point", to_string(emitted_end(found)),
                       found.server, found.epoch, why));
  if (!found.snapshot) return;
  plan.record.snapshot.reset();
  plan.add(Kind::changed, {}, {},
           fmt::format("snapshot {} is given up, since its rows may show what this server does not "
                       "have: begin it anew",
                       found.snapshot->number));
}

// The position that still means something on this server, if there is one.
std::optional<Lsn> common_position(Planning& plan, const Situation& situation) {
  const auto& found = *situation.log.checkpoint;
  const auto& server = situation.server;
  auto& record = plan.record;
  const bool same_cluster = found.system_identifier == server.system_identifier;
  const auto left = same_cluster && server.timeline != found.timeline
                        ? left_at(situation.switches, found.timeline)
                        : std::nullopt;
  if (left) {
    if (emitted_is_gone(found, *left))
      leave_behind(plan, found, *left, "the new primary never had those commits");
    record = read_back_to(record, *left);
    record.emitted_through = std::min(record.emitted_through, *left);
    if (record.split && record.split->commit_lsn >= *left) record.split.reset();
    return record.read_through;
  }
  if (same_cluster && server.timeline == found.timeline &&
      !set_back(found, server, situation.wal_end))
    return record.read_through;
  leave_behind(plan, found, {},
               same_cluster ? "where this server left that history is not on record"
                            : "positions of the one cluster say nothing about the other");
  record.emitted_through = {};
  record.split.reset();
  return std::nullopt;
}

ChangeResult adopt_without_checkpoint(Planning& plan, const Situation& situation,
                                      const std::optional<NewestEvent>& newest) {
  auto& record = plan.record;
  record.epoch = newest ? newest->epoch + 1 : 1;
  if (!situation.slot && !newest)
    return refused("there is neither a checkpoint nor an event nor a slot: wakestream run begins");
  if (newest) {
    plan.add(Kind::changed, {}, {},
             fmt::format("the epoch rises from {} to {}: what comes has new ids", newest->epoch,
                         record.epoch));
  }
  if (auto settled = plan.settle_slot(std::nullopt); !settled) return refused(settled.error());
  const auto from = record.read_through;
  if (!newest || record.birth != Birth::born || newest->commit_lsn < from) return plan.sign();
  record.emitted_through = std::min(newest->commit_lsn, situation.wal_end);
  const Lsn behind{newest->commit_lsn.value() + 1};
  plan.add(Kind::repeated, from, behind,
           fmt::format("commits from {} to the log's newest event ({}): their events come again, "
                       "with ids of the new epoch. To leave them out: wakestream checkpoint set "
                       "--lsn {}, once this is done",
                       to_string(from), to_string(newest->commit_lsn), to_string(behind)));
  return plan.sign();
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::lost:
      return "lost";
    case Kind::repeated:
      return "repeated";
    case Kind::stands:
      return "stands";
    case Kind::changed:
      return "changed";
  }
  return "changed";
}

ChangeResult set_position(const Settings& settings, const Situation& situation, Lsn to) {
  if (!situation.log.checkpoint) return refused(no_checkpoint);
  Planning plan(settings, situation);
  if (auto followed = plan.follow_history(); !followed) return refused(followed.error());
  auto& record = plan.record;
  if (record.birth != Birth::born || !plan.slot_is_usable() || !plan.slot_is_ours() ||
      record.slot != settings.slot) {
    return refused(
        fmt::format("slot \"{}\" is not the pipeline's slot as it should be: see wakestream "
                    "checkpoint adopt-slot",
                    settings.slot));
  }
  if (const auto stands_at = situation.slot->confirmed_flush; to < stands_at) {
    return refused(fmt::format(
        "PostgreSQL was told that it may forget what lies before {}, where slot \"{}\" stands: "
        "reading cannot begin at {}",
        to_string(stands_at), settings.slot, to_string(to)));
  }
  if (to > situation.wal_end) {
    return refused(fmt::format("the server's log ends at {}: nothing can be done up to {} yet",
                               to_string(situation.wal_end), to_string(to)));
  }
  const auto from = record.read_through;
  if (to > from) {
    plan.give_up_before(to, "given up");
    return plan.sign();
  }
  if (to < record.emitted_through) {
    plan.add(Kind::repeated, to, record.emitted_through,
             fmt::format("commits from {} to {}: their events come again, with the ids that they "
                         "had",
                         to_string(to), to_string(record.emitted_through)));
  }
  record.read_through = to;
  if (record.split) plan.drop_split("they come again, with the ids that they had");
  return plan.sign();
}

ChangeResult raise_epoch(const Settings& settings, const Situation& situation) {
  if (!situation.log.checkpoint) return refused(no_checkpoint);
  const auto& found = *situation.log.checkpoint;
  if (found.birth != Birth::born)
    return refused("the pipeline was not born yet, so there is no epoch to end: wakestream run");
  Planning plan(settings, situation);
  plan.record = found;
  plan.record.epoch = found.epoch + 1;
  plan.add(Kind::changed, {}, {},
           fmt::format("the epoch rises from {} to {}: ids of what comes sort behind all that the "
                       "log has",
                       found.epoch, plan.record.epoch));
  if (found.event_partition_count != situation.log.event_partition_count) {
    plan.add(Kind::changed, {}, {},
             fmt::format("the events topic has {} partitions and had {}: an account's later events "
                         "may be in another partition than its earlier ones, and are in order only "
                         "for a reader that has read those first",
                         situation.log.event_partition_count, found.event_partition_count));
  }
  const auto position = common_position(plan, situation);
  if (auto settled = plan.settle_slot(position); !settled) return refused(settled.error());
  return plan.sign();
}

ChangeResult adopt_slot(const Settings& settings, const Situation& situation,
                        const std::optional<NewestEvent>& newest) {
  Planning plan(settings, situation);
  if (!situation.log.checkpoint) return adopt_without_checkpoint(plan, situation, newest);
  const auto& found = *situation.log.checkpoint;
  if (found.event_partition_count != situation.log.event_partition_count)
    return refused("the events topic has other partitions: see wakestream checkpoint epoch");
  if (auto followed = plan.follow_history(); !followed) return refused(followed.error());
  if (found.slot != settings.slot) {
    plan.add(Kind::changed, {}, {},
             fmt::format("the pipeline reads slot \"{}\" instead of \"{}\", which is left as it is",
                         settings.slot, found.slot));
  }
  const bool born = found.birth == Birth::born;
  if (!born && !situation.slot)
    return refused("there is no slot yet, and nothing was read: wakestream run makes it");
  const auto wanted = born ? plan.record.read_through : situation.slot->confirmed_flush;
  if (auto settled = plan.settle_slot(wanted); !settled) return refused(settled.error());
  if (!born) plan.record.born_at = wanted;
  return plan.sign();
}

}  // namespace wakestream::capture
