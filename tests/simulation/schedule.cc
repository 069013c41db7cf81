#include "tests/simulation/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tests/simulation/truth.h"

namespace wakestream::simulation {

using capture::State;
using cdc::to_string;

namespace {

constexpr std::int64_t stormy_ms = 60'000;
constexpr std::int64_t calm_ms = 150'000;

class Schedule {
 public:
  Schedule(std::uint64_t seed, Mutation mutation, Seen& seen, bool trace)
      : random_(seed), mutation_(mutation), seen_(seen), trace_(trace) {}

  Outcome run() {
    set_up();
    clock_.run_until(stormy_ms);
    calm_down();
    clock_.run_until(stormy_ms + calm_ms);
    if (broken_.empty()) judge_end();
    return {broken_, log_.events.size(), refused_rightly_};
  }

 private:
  void set_up() {
    log_.fences = random_.chance(70);
    servers_.push_back(std::make_unique<Server>());
    servers_.back()->address = "a:5432";
    if (random_.chance(10)) {
      slot_existing_ = true;
      servers_.back()->slot = Server::Slot{cdc::Lsn{0x1000}, 0};
    }
    snapshot_initial_ = random_.chance(25);
    has_context_ = random_.chance(35);
    faults_.commit_reply_lost = random_.chance(60) ? static_cast<int>(random_.below(12)) : 0;
    faults_.commit_fails = random_.chance(60) ? static_cast<int>(random_.below(12)) : 0;
    faults_.commit_late = random_.chance(60) ? static_cast<int>(random_.below(12)) : 0;
    faults_.stream_cut = random_.chance(50) ? static_cast<int>(random_.below(20)) : 0;
    start_instance();
    if (random_.chance(50)) clock_.in(random_.between(1, 20'000), [this] { start_instance(); });
    workload();
    if (random_.chance(60)) commands();
    trouble();
    if (random_.chance(30)) {
      primary().in_recovery = true;
      if (random_.chance(80))
        clock_.at(random_.between(3'000, stormy_ms - 2'000), [this] { promote(); });
    }
    if (random_.chance(40)) plan_failover();
    watch();
  }

  Server& primary() { return *servers_.back(); }

  void start_instance() {
    if (!broken_.empty()) return;
    Instance::World world{random_,        clock_,
                          log_,           servers_,
                          faults_,        seen_,
                          rules_on_disk_, snapshot_initial_,
                          has_context_,   [this](const std::string& what) { note(what); },
                          trace_};
    instances_.push_back(std::make_unique<Instance>(world, static_cast<int>(instances_.size()) + 1,
                                                    &primary(), mutation_, slot_existing_));
    instances_.back()->start();
  }

  void note(const std::string& what) {
    if (broken_.empty()) broken_ = fmt::format("{} (at {} ms)", what, clock_.now_ms());
    faults_.quiet = true;
  }

  void workload() {
    const auto pace = random_.between(20, 900);
    clock_.in(random_.between(1, pace), [this] {
      if (faults_.quiet) return;
      const bool gets_nothing = upstream_is_dead_ && primary().in_recovery;
      if (primary().up && !gets_nothing)
        random_.chance(quiet_hour_ ? 0 : 70) ? begin_transaction() : primary().write_noise(random_);
      workload();
    });
  }

  // Some run for a while; and a commit is in the WAL a moment before queries see it, or, when it
  // waits for a standby, much longer.
  void begin_transaction() {
    auto* server = &primary();
    const auto xid = server->begin();
    const auto commit = [this, server, xid] {
      if (server != &primary() || !server->unseen.contains(xid)) return;  // it was rolled back
      server->commit(random_, xid, 60);
      const auto seen_in = random_.chance(10) ? random_.between(100, 6'000) : random_.below(20);
      clock_.in(seen_in, [server, xid] { server->unseen.erase(xid); });
    };
    if (random_.chance(80)) return commit();
    clock_.in(random_.between(10, 4'000), commit);
  }

  // Somebody edits the rules, and asks for them, or for something that takes several steps.
  void commands() {
    clock_.in(random_.between(200, 15'000), [this] {
      if (faults_.quiet) return;
      if (random_.chance(50)) ++rules_on_disk_;
      if (random_.chance(40)) {
        using Kind = capture::SnapshotChange::Kind;
        constexpr Kind kinds[] = {Kind::start,  Kind::start, Kind::start,
                                  Kind::resume, Kind::pause, Kind::cancel};
        log_.control.push_back({false, 1, kinds[random_.below(6)]});
      } else if (random_.chance(80)) {
        log_.control.push_back(
            {random_.chance(60), random_.chance(30) ? random_.between(2, 5) : 1, {}});
      }
      commands();
    });
  }

  // One thing after another goes wrong.
  void trouble() {
    clock_.in(random_.between(200, 8'000), [this] {
      if (faults_.quiet) return;
      auto& victim = *instances_[static_cast<std::size_t>(
          random_.below(static_cast<std::int64_t>(instances_.size())))];
      switch (random_.below(8)) {
        case 0:
        case 1:
          if (victim.alive()) {
            victim.kill();
            clock_.in(random_.between(1, 3'000), [this] { start_instance(); });
          }
          break;
        case 2:
          pause(victim);
          break;
        case 3:
          log_.away = true;
          clock_.in(random_.between(10, 25'000), [this] { log_.away = false; });
          break;
        case 4:
          restart_server();
          break;
        case 5:
          if (victim.alive() && victim.server() != nullptr) victim.server_died(victim.server());
          break;
        case 6:
          if (victim.alive()) victim.mute();
          break;
        default:
          if (victim.alive() && !victim.paused() && random_.chance(30)) {
            victim.stop();
            clock_.in(random_.between(1, 3'000), [this] { start_instance(); });
          }
      }
      trouble();
    });
  }

  // A stopped process keeps what it holds; its connection may be taken from it meanwhile.
  void pause(Instance& victim) {
    if (!victim.alive() || victim.paused()) return;
    victim.pause();
    if (random_.chance(70)) victim.server_died(victim.server());
    if (random_.chance(60)) clock_.in(random_.between(1, 2'000), [this] { start_instance(); });
    clock_.in(random_.between(50, 40'000), [&victim] { victim.resume(); });
  }

  void restart_server() {
    auto* server = &primary();
    server->up = false;
    server->unseen.clear();  // what had not committed is rolled back, and the rest is seen
    for (auto& instance : instances_) instance->server_died(server);
    clock_.in(random_.between(10, 15'000), [server] { server->up = true; });
  }

  // Half of them come in a quiet hour: idle positions have moved on, and are what may be lost.
  void plan_failover() {
    const auto at_ms = random_.between(8'000, stormy_ms - 5'000);
    if (random_.chance(50))
      clock_.at(at_ms - random_.between(1'500, 6'000), [this] { quiet_hour_ = true; });
    clock_.at(at_ms, [this] {
      quiet_hour_ = false;
      fail_over();
    });
  }

  // The standby that is read becomes a primary; its clients hear nothing of it.
  void promote() {
    if (primary().in_recovery) primary().promote();
  }

  // The server dies and another takes over, with or without the end of the WAL. Its copy of the
  // slot is older. Some are read as standbys for a while before they are promoted.
  void fail_over() {
    auto& old = primary();
    auto next = std::make_unique<Server>(old);
    next->address = std::string(1, static_cast<char>('a' + servers_.size())) + ":5432";
    next->lease_session = 0;
    next->unseen.clear();
    next->up = true;
    const auto lost = random_.chance(50) ? random_.between(0, 3) : 0;
    // What is lost is of its timeline: it has followed the switch to that.
    const auto least = next->history.empty() ? cdc::Lsn{0x1000} : next->history.back().switch_point;
    for (std::int64_t count = 0;
         count < lost && !next->wal.empty() && next->wal.back().commit_lsn >= least; ++count) {
      next->wal.pop_back();
      next->wal_timelines.pop_back();
    }
    const auto last_kept = next->wal.empty() ? least : std::max(least, next->wal.back().end_lsn);
    next->wal_end = lost > 0 || random_.chance(50) ? last_kept : old.wal_end;
    if (next->slot) {
      next->slot->session = 0;
      next->slot->confirmed = std::min(next->slot->confirmed, next->wal_end);
    }
    next->in_recovery = upstream_is_dead_ = true;
    if (random_.chance(60)) {
      next->promote();
    } else {
      clock_.in(random_.between(10, 45'000), [this] { promote(); });
    }
    old.up = false;
    auto* const old_server = &old;
    servers_.push_back(std::move(next));
    for (auto& instance : instances_) {
      instance->use_server(&primary());
      instance->server_died(old_server);
    }
  }

  // The log never holds anything but the truth in its order.
  void watch() {
    clock_.in(500, [this] {
      compare(false);
      if (broken_.empty() && clock_.now_ms() < stormy_ms + calm_ms) watch();
    });
  }

  void compare(bool at_end) {
    if (!log_.broken.empty()) return note(log_.broken);
    if (log_.checkpoints.empty() || log_.checkpoints.back().birth != capture::Birth::born) return;
    if (emitted_is_gone()) return;
    const auto& server = primary();
    const auto truth = truth_of(server, log_.checkpoints.back(), has_context_);
    for (std::size_t at = 0; at < log_.events.size(); ++at) {
      const auto& event = log_.events[at];
      if (at < truth.size() && event.same_change(truth[at])) {
        if (event.context == truth[at].context || may_have_waited(server, event, truth[at]))
          continue;
        return note(fmt::format(
            "commit {} row {} has context {} of its account, which had context {} then",
            to_string(event.commit_lsn), event.ordinal, event.context, truth[at].context));
      }
      return note(fmt::format(
          "event {} of the log is commit {} row {} of timeline {}, and the database has {} there",
          at, to_string(event.commit_lsn), event.ordinal, event.timeline,
          at < truth.size() ? "commit " + to_string(truth[at].commit_lsn) + " row " +
                                  std::to_string(truth[at].ordinal)
                            : "nothing"));
    }
    for (auto at = at_end ? 0 : rows_judged_; at < log_.snapshot_rows.size(); ++at) {
      const auto& row = log_.snapshot_rows[at];
      if (row.key < 0 || row.version == server.version_at(row.key, row.commit_lsn)) continue;
      return note(fmt::format(
          "row {} of snapshot {} was changed {} times, and said at {}, where it had been {} times",
          row.key, row.snapshot, row.version, to_string(row.commit_lsn),
          server.version_at(row.key, row.commit_lsn)));
    }
    rows_judged_ = log_.snapshot_rows.size();
    if (at_end && log_.events.size() != truth.size()) {
      note(fmt::format("{} of {} events are missing from the log",
                       truth.size() - log_.events.size(), truth.size()));
    }
    if (at_end && has_context_ &&
        log_.deletions.size() != deletions_of(server, log_.checkpoints.back()))
      note(fmt::format("{} deletions are on record, and the database has {}", log_.deletions.size(),
                       deletions_of(server, log_.checkpoints.back())));
  }

  // A failover took commits away whose events, or rows of a snapshot that may show them, were out
  // already (or were on their way and came out later).
  bool emitted_is_gone() const {
    const auto& server = *servers_.back();
    const auto gone = [&](std::uint32_t timeline, cdc::Lsn commit_lsn) {
      const bool never_comes =
          upstream_is_dead_ && server.in_recovery && commit_lsn >= server.wal_end;
      return never_comes || !server.has(timeline, commit_lsn);
    };
    const auto change_is_gone = [&](const EventRecord& event) {
      return gone(event.timeline, event.commit_lsn);
    };
    // A row shows commits before the place where it was said.
    const auto row_is_gone = [&](const EventRecord& row) {
      return gone(row.timeline, cdc::Lsn{row.commit_lsn.value() - 1});
    };
    // What stands before it counts for nothing: a birth that was not ended may have left it.
    const auto all_gone = std::find_if(log_.context.rbegin(), log_.context.rend(),
                                       [](const EventRecord& record) { return record.key < 0; });
    return std::any_of(log_.events.begin(), log_.events.end(), change_is_gone) ||
           std::any_of(all_gone.base(), log_.context.end(),
                       [&](const EventRecord& record) {
                         const bool row = record.snapshot > 0 || record.of_fill;
                         return row ? row_is_gone(record) : change_is_gone(record);
                       }) ||
           std::any_of(log_.deletions.begin(), log_.deletions.end(), change_is_gone) ||
           std::any_of(log_.snapshot_rows.begin(), log_.snapshot_rows.end(), row_is_gone);
  }

  void calm_down() {
    faults_.quiet = true;
    log_.away = false;
    for (auto& server : servers_) server->up = server.get() == &primary();
    for (auto& instance : instances_) {
      if (instance->paused()) instance->resume();
    }
    start_instance();
  }

  void judge_end() {
    compare(true);
    if (!broken_.empty()) return;
    const bool gone = emitted_is_gone();
    // Without its slot a new primary cannot go on: it was promoted before the slot was born.
    const bool slot_gone = servers_.size() > 1 && !primary().slot;
    for (const auto& instance : instances_) {
      const bool refused = instance->state() == State::refused;
      if (refused && (gone || slot_gone)) refused_rightly_ = true;
      if (refused && !gone && !slot_gone)
        return note("refused without a reason: " + instance->exit_reason());
    }
    if (gone && !refused_rightly_)
      return note("emitted commits are gone after a failover, and nobody refused");
    if (gone || slot_gone) return;
    const bool streams =
        std::any_of(instances_.begin(), instances_.end(), [](const auto& instance) {
          return instance->alive() && instance->state() == State::streaming;
        });
    if (!streams) return note("nobody streams at the end");
    const auto last = log_.decisions.empty() ? -1 : log_.decisions.back().command;
    if (last + 1 < static_cast<int>(log_.control.size()) ||
        (last >= 0 && log_.decisions.back().step + 1 != log_.control.back().steps)) {
      return note(
          fmt::format("of {} commands only {} were carried out", log_.control.size(), last + 1));
    }
    if (snapshot_initial_ && log_.checkpoints.back().snapshots == 0)
      return note("the snapshot that the pipeline was to begin with was forgotten");
    const auto& snapshot = log_.checkpoints.back().snapshot;
    const auto& context = log_.checkpoints.back().context;
    // A command may have paused its fill, or given it up.
    if (has_context_ && (!context || (!context->is_filled() && context->fill == 0 && !snapshot)))
      return note("the account context was not filled");
    if (snapshot && !snapshot->paused)
      return note(fmt::format("snapshot {} does not end", snapshot->number));
    if (primary().slot->confirmed < primary().wal_end) {
      note(fmt::format("the slot is confirmed up to {}, and the WAL ends at {}: it is pinned",
                       to_string(primary().slot->confirmed), to_string(primary().wal_end)));
    }
  }

  Random random_;
  Mutation mutation_;
  Seen& seen_;
  bool trace_;
  Clock clock_;
  Log log_;
  Faults faults_;
  int rules_on_disk_ = 1;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Instance>> instances_;
  bool slot_existing_ = false;
  bool snapshot_initial_ = false;
  bool has_context_ = false;
  bool quiet_hour_ = false;        // only WAL that concerns nobody
  bool upstream_is_dead_ = false;  // a standby gets nothing any more
  std::string broken_;
  std::size_t rows_judged_ = 0;
  bool refused_rightly_ = false;
};

}  // namespace

Outcome run_schedule(std::uint64_t seed, Mutation mutation, Seen& seen, bool trace) {
  return Schedule(seed, mutation, seen, trace).run();
}

}  // namespace wakestream::simulation
