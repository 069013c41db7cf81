#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "app/arguments/arguments.h"
#include "app/config_loader.h"

namespace {

// The program is these namespaces'.
using namespace wakestream::app;  // NOLINT
using wakestream::check::check_command;
using wakestream::check::CheckOptions;
using wakestream::init::init_command;
using wakestream::init::InitOptions;
using wakestream::preview::preview_command;
using wakestream::preview::PreviewOptions;
using wakestream::preview::record_command;
using wakestream::preview::RecordOptions;

constexpr const char* about =
    "wakestream reads the write-ahead log of a PostgreSQL database, turns row changes into typed "
    "events by\n"
    "rules in SQL or YAML, and puts each of them, in order and exactly once, into an event log.\n";

constexpr const char* footer =
    "Begin with:\n"
    "  wakestream init --url postgresql://postgres@localhost/shop   look at a database and "
    "propose\n"
    "  wakestream check -c wakestream.yaml        see whether everything is there, and what mends "
    "it\n"
    "  wakestream preview -c wakestream.yaml      see what your rules emit; nothing is written\n"
    "  wakestream run -c wakestream.yaml          emit it\n"
    "  wakestream tail -c wakestream.yaml --follow   read it, as JSON lines\n"
    "\n"
    "Exit codes: 0 done, 1 a problem to mend (said in words), 2 usage, 75 try again later.\n";

struct Chosen {
  std::string config_path = "wakestream.yaml";
  RunOptions run;
  TailOptions tail;
  StatusOptions status;
  PreviewOptions preview;
  RecordOptions record;
  RulesShowOptions rules_show;
  GiveOptions give;
  QuarantineOptions quarantine;
  ReplayOptions replay;
  CheckpointOptions checkpoint;
  LogOptions log;
  DeletionOptions deletion;
  AuditOptions audit;
  CheckOptions check;
  InitOptions init;
  SnapshotOptions snapshot;
  ConsumerTryOptions consumer_try;
  ConsumerListOptions consumer_list;
  ConsumerControlOptions consumer_pause;
  ConsumerControlOptions consumer_resume;
  ConsumerBootstrapOptions consumer_bootstrap;
  DlqListOptions dlq_list;
  DlqShowOptions dlq_show;
  PolicyOptions policy_test;
  PolicyOptions policy_prove;
  PolicyExplainOptions policy_explain;
  PolicyMatrixOptions policy_matrix;
  PolicyDiffOptions policy_diff;
};

LogFormat format_named(const std::string& name) {
  if (name == "json") return LogFormat::json;
  return name == "text" ? LogFormat::text : LogFormat::automatic;
}

// What the program can do: each command once, with what put it on the command line and what carries
// it out.
class Commands {
 public:
  using Run = std::function<int(Logger&)>;
  using RunConfigured = std::function<int(const Config&, Logger&)>;

  explicit Commands(const std::string& config_path) : config_path_(config_path) {}

  void add(const CLI::App* command, Run run) { list_.emplace_back(command, std::move(run)); }
  // One that needs a whole configuration.
  void add(const CLI::App* command, RunConfigured run) {
    add(command, [this, run = std::move(run)](Logger& logger) {
      const auto config = load_config(config_path_);
      if (config) return run(*config, logger);
      for (const auto& problem : config.error()) logger.error("config_invalid", to_string(problem));
      return exit_problem;
    });
  }

  // The one that was asked for.
  int carry_out(Logger& logger) const {
    const auto asked = std::find_if(list_.begin(), list_.end(),
                                    [](const auto& one) { return one.first->parsed(); });
    return asked == list_.end() ? exit_usage : asked->second(logger);
  }

 private:
  const std::string& config_path_;
  std::vector<std::pair<const CLI::App*, Run>> list_;
};

void add_commands(CLI::App& app, Chosen& chosen, Commands& commands) {
  using ConfigRef = const Config&;
  commands.add(add_init(app, chosen.init),
               [&](Logger& logger) { return init_command(chosen.init, logger); });
  commands.add(add_check(app, chosen.check),
               [&](Logger&) { return check_command(chosen.config_path, chosen.check); });
  commands.add(add_run(app, chosen.run), [&](ConfigRef config, Logger& logger) {
    return run_command(config, chosen.run, logger);
  });
  commands.add(add_preview(app, chosen.preview), [&](Logger& logger) {
    return preview_command(chosen.config_path, chosen.preview, logger);
  });
  commands.add(add_record(app, chosen.record), [&](ConfigRef config, Logger& logger) {
    return record_command(config, chosen.record, logger);
  });
  commands.add(add_tail(app, chosen.tail), [&](ConfigRef config, Logger& logger) {
    return tail_command(config, chosen.tail, logger);
  });
  commands.add(add_status(app, chosen.status),
               [&](ConfigRef config, Logger&) { return status_command(config, chosen.status); });
  auto* rules = add_rules(app);
  commands.add(add_rules_show(*rules, chosen.rules_show), [&](Logger& logger) {
    return rules_show_command(chosen.config_path, chosen.rules_show, logger);
  });
  commands.add(add_rules_reload(*rules, chosen.give), [&](ConfigRef config, Logger& logger) {
    return rules_reload_command(config, chosen.give, logger);
  });
  commands.add(add_quarantine(app, chosen.quarantine), [&](ConfigRef config, Logger& logger) {
    return quarantine_command(config, chosen.quarantine, logger);
  });
  commands.add(add_replay(app, chosen.replay), [&](ConfigRef config, Logger& logger) {
    return replay_command(config, chosen.replay, logger);
  });
  commands.add(add_checkpoint(app, chosen.checkpoint), [&](ConfigRef config, Logger& logger) {
    return checkpoint_command(config, chosen.checkpoint, logger);
  });
  commands.add(add_log(app, chosen.log), [&](ConfigRef config, Logger& logger) {
    return log_command(config, chosen.log, logger);
  });
  commands.add(add_deletion(app, chosen.deletion), [&](ConfigRef config, Logger& logger) {
    return deletion_command(config, chosen.deletion, logger);
  });
  commands.add(add_audit(app, chosen.audit), [&](ConfigRef config, Logger& logger) {
    return audit_command(config, chosen.audit, logger);
  });
  commands.add(add_snapshot(app, chosen.snapshot), [&](ConfigRef config, Logger& logger) {
    return snapshot_command(config, chosen.snapshot, logger);
  });
}

void add_delivery_commands(CLI::App& app, Chosen& chosen, Commands& commands) {
  using ConfigRef = const Config&;
  auto* consumer = add_consumer(app);
  commands.add(add_consumer_try(*consumer, chosen.consumer_try),
               [&](Logger& logger) { return consumer_try_command(chosen.consumer_try, logger); });
  commands.add(add_consumer_list(*consumer, chosen.consumer_list),
               [&](ConfigRef config, Logger& logger) {
                 return consumer_list_command(config, chosen.consumer_list, logger);
               });
  commands.add(add_consumer_pause(*consumer, chosen.consumer_pause),
               [&](ConfigRef config, Logger& logger) {
                 return consumer_pause_command(config, chosen.consumer_pause, logger);
               });
  commands.add(add_consumer_resume(*consumer, chosen.consumer_resume),
               [&](ConfigRef config, Logger& logger) {
                 return consumer_resume_command(config, chosen.consumer_resume, logger);
               });
  commands.add(add_consumer_bootstrap(*consumer, chosen.consumer_bootstrap),
               [&](ConfigRef config, Logger& logger) {
                 return consumer_bootstrap_command(config, chosen.consumer_bootstrap, logger);
               });
  auto* dlq = add_dlq(app);
  commands.add(add_dlq_list(*dlq, chosen.dlq_list), [&](ConfigRef config, Logger& logger) {
    return dlq_list_command(config, chosen.dlq_list, logger);
  });
  commands.add(add_dlq_show(*dlq, chosen.dlq_show), [&](ConfigRef config, Logger& logger) {
    return dlq_show_command(config, chosen.dlq_show, logger);
  });
}

void add_policy_commands(CLI::App& app, Chosen& chosen, Commands& commands) {
  auto* policy = add_policy(app);
  commands.add(add_policy_test(*policy, chosen.policy_test), [&](Logger& logger) {
    return policy_test_command(chosen.config_path, chosen.policy_test, logger);
  });
  commands.add(add_policy_explain(*policy, chosen.policy_explain), [&](Logger& logger) {
    return policy_explain_command(chosen.config_path, chosen.policy_explain, logger);
  });
  commands.add(add_policy_matrix(*policy, chosen.policy_matrix), [&](Logger& logger) {
    return policy_matrix_command(chosen.config_path, chosen.policy_matrix, logger);
  });
  commands.add(add_policy_diff(*policy, chosen.policy_diff), [&](Logger& logger) {
    return policy_diff_command(chosen.config_path, chosen.policy_diff, logger);
  });
  commands.add(add_policy_prove(*policy, chosen.policy_prove),
               [&](Logger& logger) { return policy_prove_command(chosen.policy_prove, logger); });
}

}  // namespace

// Only memory that runs out throws beyond what is caught, and that ends the program.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  CLI::App app(about, "wakestream");
  app.footer(footer);
  app.set_version_flag("--version", "wakestream " WAKESTREAM_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Chosen chosen;
  std::string log_format = "auto";
  app.add_option("--config,-c", chosen.config_path, "the pipeline's configuration")
      ->capture_default_str();
  app.add_option("--log-format", log_format,
                 "what it says on stderr: auto (text on a terminal, else json), text or json")
      ->check(CLI::IsMember({"auto", "text", "json"}))
      ->capture_default_str();
  Commands commands(chosen.config_path);
  add_commands(app, chosen, commands);
  add_delivery_commands(app, chosen, commands);
  add_policy_commands(app, chosen, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  Logger logger(format_named(log_format));
  return commands.carry_out(logger);
}
