// What may stand on the command line: each function adds one command to the program, with its help,
// and lets the parser write into the options that the caller owns and keeps until it has parsed.
// What it returns knows afterwards whether it was asked for.
//
// Here and not with the commands, because CLI11 costs a compiler ten seconds in each source that
// sees it.
#pragma once

#include <string>

#include "app/audit/audit_command.h"
#include "app/check/check_command.h"
#include "app/checkpoint/checkpoint_command.h"
#include "app/commands.h"
#include "app/consumer/consumer_command.h"
#include "app/consumer/consumer_control.h"
#include "app/consumer/consumer_list.h"
#include "app/dead_letters/dlq_command.h"
#include "app/deletion_command.h"
#include "app/init/init_command.h"
#include "app/log_command.h"
#include "app/policy/policy_command.h"
#include "app/preview/preview_command.h"
#include "app/preview/record_command.h"
#include "app/quarantine_command.h"
#include "app/replay_command.h"
#include "app/rules_command.h"
#include "app/rules_reload_command.h"
#include "app/snapshot/snapshot_command.h"
#include "app/status/status_command.h"

namespace CLI {
class App;
}

namespace wakestream::app {

// --why and --timeout, of a command that a running process carries out.
void add_give_options(CLI::App& command, GiveOptions& options);

CLI::App* add_init(CLI::App& app, init::InitOptions& options);
CLI::App* add_check(CLI::App& app, check::CheckOptions& options);
CLI::App* add_run(CLI::App& app, RunOptions& options);
CLI::App* add_preview(CLI::App& app, preview::PreviewOptions& options);
CLI::App* add_record(CLI::App& app, preview::RecordOptions& options);
CLI::App* add_tail(CLI::App& app, TailOptions& options);
CLI::App* add_status(CLI::App& app, StatusOptions& options);
CLI::App* add_rules(CLI::App& app);  // the group of these two
CLI::App* add_rules_show(CLI::App& rules, RulesShowOptions& options);
CLI::App* add_rules_reload(CLI::App& rules, GiveOptions& options);
CLI::App* add_quarantine(CLI::App& app, QuarantineOptions& options);
CLI::App* add_replay(CLI::App& app, ReplayOptions& options);
CLI::App* add_checkpoint(CLI::App& app, CheckpointOptions& options);
CLI::App* add_log(CLI::App& app, LogOptions& options);
CLI::App* add_deletion(CLI::App& app, DeletionOptions& options);
CLI::App* add_audit(CLI::App& app, AuditOptions& options);
CLI::App* add_snapshot(CLI::App& app, SnapshotOptions& options);
CLI::App* add_consumer(CLI::App& app);  // the group of these five
CLI::App* add_consumer_try(CLI::App& consumer, ConsumerTryOptions& options);
CLI::App* add_consumer_list(CLI::App& consumer, ConsumerListOptions& options);
CLI::App* add_consumer_pause(CLI::App& consumer, ConsumerControlOptions& options);
CLI::App* add_consumer_resume(CLI::App& consumer, ConsumerControlOptions& options);
CLI::App* add_consumer_bootstrap(CLI::App& consumer, ConsumerBootstrapOptions& options);
CLI::App* add_dlq(CLI::App& app);  // the group of these two
CLI::App* add_dlq_list(CLI::App& dlq, DlqListOptions& options);
CLI::App* add_dlq_show(CLI::App& dlq, DlqShowOptions& options);
CLI::App* add_policy(CLI::App& app);  // the group of these five
CLI::App* add_policy_test(CLI::App& policy, PolicyOptions& options);
CLI::App* add_policy_explain(CLI::App& policy, PolicyExplainOptions& options);
CLI::App* add_policy_matrix(CLI::App& policy, PolicyMatrixOptions& options);
CLI::App* add_policy_diff(CLI::App& policy, PolicyDiffOptions& options);
CLI::App* add_policy_prove(CLI::App& policy, PolicyOptions& options);

}  // namespace wakestream::app
