// What may stand on the command line: each function adds one command to the program, with its help,
// and lets the parser write into the options that the caller owns and keeps until it has parsed.
//
// Here and not with the commands, because CLI11 costs a compiler ten seconds in each source that
// sees it.
#pragma once

#include <string>

#include "app/check/check_command.h"
#include "app/checkpoint/checkpoint_command.h"
#include "app/commands.h"
#include "app/init/init_command.h"
#include "app/log_command.h"
#include "app/preview/preview_command.h"
#include "app/preview/record_command.h"
#include "app/quarantine_command.h"
#include "app/replay_command.h"
#include "app/rules_command.h"
#include "app/rules_reload_command.h"
#include "app/status/status_command.h"

namespace CLI {
class App;
}

namespace wakestream::app {

void add_init(CLI::App& app, init::InitOptions& options);
void add_check(CLI::App& app, check::CheckOptions& options);
void add_run(CLI::App& app);
void add_preview(CLI::App& app, preview::PreviewOptions& options);
void add_record(CLI::App& app, preview::RecordOptions& options);
void add_tail(CLI::App& app, TailOptions& options, std::string& from);
void add_status(CLI::App& app, StatusOptions& options);
// Returns the command group, so that more commands can be added.
CLI::App* add_rules(CLI::App& app, RulesShowOptions& options);
void add_rules_reload(CLI::App& rules, GiveOptions& options);
void add_quarantine(CLI::App& app, QuarantineOptions& options);
void add_replay(CLI::App& app, ReplayOptions& options);
void add_checkpoint(CLI::App& app, CheckpointOptions& options);
void add_log(CLI::App& app, LogOptions& options);

}  // namespace wakestream::app
