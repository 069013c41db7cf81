// The slot, beside the checkpoint that the log holds: the same questions that `run` asks before it
// streams, without changing anything.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/config_edit.h"
#include "app/check/setting_mend.h"
#include "app/check/sql_names.h"
#include "roles/capture/error_policy.h"

namespace wakestream::check {

namespace {

constexpr std::int64_t kept_wal_bytes_max = 50LL << 30U;
constexpr std::int64_t mb = 1LL << 20U;

class SlotCheck {
 public:
  SlotCheck(const CheckFacts& facts, Findings& findings)
      : facts_(facts),
        source_(facts.config->source),
        checkpoint_(facts.log.checkpoint ? &*facts.log.checkpoint : nullptr),
        slot_(facts.catalog->find_slot(source_.slot_name)),
        findings_(findings) {}

  void run() {
    if (!check_checkpoint()) return;
    if (slot_ == nullptr) return check_missing();
    if (!check_kind() || !check_owner()) return;
    check_user();
    check_headroom();
  }

 private:
  void add(std::string_view id, std::string reason, std::vector<Mend> mends) {
    findings_.add(id, fmt::format("slot {}", source_.slot_name), std::move(reason),
                  std::move(mends));
  }

  Mend set(std::string_view key, const std::string& value) const {
    if (auto edit = set_config(facts_.config_file, key, value)) return std::move(*edit);
    return advice(fmt::format("set {}: {} in {}", key, value, facts_.config_file.path));
  }

  // A new life: the log keeps what it has, under the old name.
  std::vector<Mend> begin_anew(bool drop_slot) const {
    std::vector<Mend> mends;
    if (drop_slot)
      mends.push_back(
          sql(fmt::format("SELECT pg_drop_replication_slot({});", text_sql(source_.slot_name))));
    if (source_.slot_existing) make_slot(source_.slot_name, mends);
    if (checkpoint_ != nullptr) mends.push_back(set("pipeline", facts_.config->pipeline + "-2"));
    return mends;
  }

  void make_slot(const std::string& name, std::vector<Mend>& mends) const {
    if (facts_.catalog->server.in_recovery)
      mends.push_back(
          advice("at a standby the next statement waits until the primary has written a "
                 "snapshot of its transactions: SELECT pg_log_standby_snapshot(); there, "
                 "meanwhile, ends the waiting"));
    mends.push_back(sql(
        fmt::format("SELECT pg_create_logical_replication_slot({}, 'pgoutput');", text_sql(name))));
  }

  // Somebody else's slot is left alone; ours gets another name.
  std::vector<Mend> take_another() const {
    const auto name = source_.slot_name.substr(0, 61) + "_2";
    std::vector<Mend> mends;
    if (source_.slot_existing) make_slot(name, mends);
    mends.push_back(set("source.slot_name", name));
    return mends;
  }

  // Does the checkpoint fit this configuration and this server?
  bool check_checkpoint() {
    if (checkpoint_ == nullptr) {
      if (!facts_.log.events_exist) return true;
      add("checkpoint_lost",
          fmt::format("the log holds events of pipeline {} and no checkpoint: where they end is "
                      "not known any more",
                      facts_.config->pipeline),
          {advice("restore the checkpoint topic, or begin anew:"),
           set("pipeline", facts_.config->pipeline + "-2")});
      return false;
    }
    const auto& identity = facts_.identity;
    if (identity && identity->system_identifier != checkpoint_->system_identifier) {
      add("other_cluster",
          "the checkpoint belongs to another database cluster (another system identifier): its "
          "positions mean nothing here",
          {advice("let source.url name the cluster that was read before, or begin anew:"),
           set("pipeline", facts_.config->pipeline + "-2")});
      return false;
    }
    if (identity && identity->timeline < checkpoint_->timeline) {
      add("old_timeline",
          fmt::format("the server is on timeline {} and the checkpoint on {}: a failover left this "
                      "server behind",
                      identity->timeline, checkpoint_->timeline),
          {advice("let source.url name the server that was promoted")});
      return false;
    }
    if (checkpoint_->slot == source_.slot_name) return true;
    add("slot_changed",
        fmt::format("the pipeline reads slot {} since its birth, and the configuration names {}",
                    checkpoint_->slot, source_.slot_name),
        {set("source.slot_name", checkpoint_->slot)});
    return false;
  }

  void check_missing() {
    if (facts_.log.born()) {
      add("slot_gone",
          fmt::format("the slot of pipeline {} is gone: what was committed since its checkpoint "
                      "cannot be read any more",
                      facts_.config->pipeline),
          begin_anew(false));
    } else if (source_.slot_existing) {
      std::vector<Mend> mends;
      make_slot(source_.slot_name, mends);
      add("slot_missing",
          fmt::format("source.slot is existing, and there is no slot {}", source_.slot_name),
          std::move(mends));
    }
  }

  bool check_kind() {
    if (!slot_->logical || slot_->plugin != "pgoutput") {
      add("slot_plugin",
          slot_->logical
              ? fmt::format("slot {} uses the plugin {}, and wakestream reads pgoutput",
                            slot_->name, slot_->plugin)
              : fmt::format("slot {} is a physical one: a standby's, not ours", slot_->name),
          take_another());
    } else if (slot_->database != facts_.catalog->server.database) {
      add("slot_database",
          fmt::format("slot {} belongs to database {}, and source.url names {}", slot_->name,
                      slot_->database, facts_.catalog->server.database),
          take_another());
    } else if (slot_->temporary && !slot_->synced) {
      add("slot_temporary",
          fmt::format("slot {} is temporary: it ends with the connection that made it",
                      slot_->name),
          take_another());
    } else if (slot_->two_phase) {
      add("slot_two_phase",
          fmt::format("slot {} was made with two_phase: prepared transactions would be lost at a "
                      "restart",
                      slot_->name),
          take_another());
    } else if (slot_->wal_status == "lost" || !slot_->invalidation_reason.empty()) {
      add("slot_lost",
          fmt::format("slot {} is lost: {}", slot_->name,
                      capture::why_lost(slot_->invalidation_reason)),
          begin_anew(true));
    } else {
      return true;
    }
    return false;
  }

  bool check_owner() {
    if (checkpoint_ == nullptr) {
      if (source_.slot_existing) return true;
      add("slot_not_ours",
          fmt::format("slot {} exists, and the log has no checkpoint of pipeline {}: the log was "
                      "lost, or the slot is somebody else's",
                      slot_->name, facts_.config->pipeline),
          {advice("to take the slot over where it stands:"), set("source.slot", "existing")});
      return false;
    }
    if (!facts_.log.born() || slot_->confirmed_flush_lsn <= checkpoint_->read_through) return true;
    add("slot_ahead",
        fmt::format(
            "slot {} is confirmed up to {}, and the checkpoint reads through {}: PostgreSQL "
            "would skip what lies between without a word",
            slot_->name, cdc::to_string(slot_->confirmed_flush_lsn),
            cdc::to_string(checkpoint_->read_through)),
        {advice("restore the log; or give up what lies between, and begin anew where the slot "
                "stands:"),
         set("pipeline", facts_.config->pipeline + "-2"), set("source.slot", "existing")});
    return false;
  }

  void check_user() {
    if (!slot_->active) return;
    if (slot_->active_application == "wakestream") {
      findings_.add("already_running", fmt::format("slot {}", slot_->name),
                    fmt::format("wakestream runs already (walsender pid {}); a second one waits "
                                "until it ends",
                                slot_->active_pid),
                    {});
      return;
    }
    add("slot_in_use",
        fmt::format("slot {} is being read by {} (walsender pid {}): what it confirms is lost for "
                    "wakestream",
                    slot_->name,
                    slot_->active_application.empty() ? "another role" : slot_->active_application,
                    slot_->active_pid),
        {sql(fmt::format("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE "
                         "slot_name = {} AND active;",
                         text_sql(slot_->name)))});
  }

  void check_headroom() {
    const auto& catalog = *facts_.catalog;
    const auto limit_mb = catalog.server.number("max_slot_wal_keep_size").value_or(-1);
    if (limit_mb > 0 && slot_->safe_wal_bytes &&
        (*slot_->safe_wal_bytes < limit_mb * mb / 4 || slot_->wal_status == "unreserved")) {
      add("slot_headroom",
          fmt::format("slot {} keeps {} MB of WAL, and is lost after {} MB more", slot_->name,
                      slot_->kept_wal_bytes / mb, *slot_->safe_wal_bytes / mb),
          mend_setting(catalog, "max_slot_wal_keep_size",
                       fmt::format("{}MB", 4 * (slot_->kept_wal_bytes / mb) + 65'536)));
    } else if (limit_mb < 0 && slot_->kept_wal_bytes > kept_wal_bytes_max) {
      add("slot_keeps_wal",
          fmt::format("slot {} keeps {} GB of WAL", slot_->name, slot_->kept_wal_bytes >> 30U),
          {advice(
              "let wakestream run until it has caught up, and see whether it is slower than the "
              "changes come")});
    }
  }

  const CheckFacts& facts_;
  const app::SourceConfig& source_;
  const capture::Checkpoint* checkpoint_;
  const cdc::SlotFacts* slot_;
  Findings& findings_;
};

}  // namespace

void check_slot(const CheckFacts& facts, Findings& findings) { SlotCheck(facts, findings).run(); }

}  // namespace wakestream::check
