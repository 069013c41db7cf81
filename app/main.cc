#include <CLI/CLI.hpp>
#include <iostream>

#include "app/arguments/arguments.h"
#include "app/config_loader.h"

namespace {

using namespace wakestream::app;  // NOLINT: the program is this namespace's

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
  LogFormat log_format = LogFormat::automatic;
  TailOptions tail;
  StatusOptions status;
  wakestream::preview::PreviewOptions preview;
  wakestream::preview::RecordOptions record;
  RulesShowOptions rules_show;
  GiveOptions give;
  QuarantineOptions quarantine;
  ReplayOptions replay;
  CheckpointOptions checkpoint;
  LogOptions log;
  wakestream::check::CheckOptions check;
  wakestream::init::InitOptions init;
};

int dispatch(CLI::App& app, Chosen& chosen) {
  Logger logger(chosen.log_format);
  if (app.got_subcommand("init")) return wakestream::init::init_command(chosen.init, logger);
  if (app.got_subcommand("check"))
    return wakestream::check::check_command(chosen.config_path, chosen.check);
  if (app.got_subcommand("rules") && app.get_subcommand("rules")->got_subcommand("show"))
    return rules_show_command(chosen.config_path, chosen.rules_show, logger);
  if (app.got_subcommand("preview"))
    return wakestream::preview::preview_command(chosen.config_path, chosen.preview, logger);
  const auto config = load_config(chosen.config_path);
  if (!config) {
    for (const auto& problem : config.error()) logger.error("config_invalid", to_string(problem));
    return exit_problem;
  }
  if (app.got_subcommand("run")) return run_command(*config, logger);
  if (app.got_subcommand("status")) return status_command(*config, chosen.status);
  if (app.got_subcommand("record"))
    return wakestream::preview::record_command(*config, chosen.record, logger);
  if (app.got_subcommand("rules")) return rules_reload_command(*config, chosen.give, logger);
  if (app.got_subcommand("quarantine"))
    return quarantine_command(*config, chosen.quarantine, logger);
  if (app.got_subcommand("log")) return log_command(*config, chosen.log, logger);
  if (app.got_subcommand("replay")) return replay_command(*config, chosen.replay, logger);
  if (app.got_subcommand("checkpoint"))
    return checkpoint_command(*config, chosen.checkpoint, logger);
  return tail_command(*config, chosen.tail, logger);
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
  std::string tail_from = "earliest";
  app.add_option("--config,-c", chosen.config_path, "the pipeline's configuration")
      ->capture_default_str();
  app.add_option("--log-format", log_format,
                 "what it says on stderr: auto (text on a terminal, else json), text or json")
      ->check(CLI::IsMember({"auto", "text", "json"}))
      ->capture_default_str();
  add_init(app, chosen.init);
  add_check(app, chosen.check);
  add_run(app);
  add_preview(app, chosen.preview);
  add_record(app, chosen.record);
  add_tail(app, chosen.tail, tail_from);
  add_status(app, chosen.status);
  add_rules_reload(*add_rules(app, chosen.rules_show), chosen.give);
  add_quarantine(app, chosen.quarantine);
  add_replay(app, chosen.replay);
  add_checkpoint(app, chosen.checkpoint);
  add_log(app, chosen.log);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  chosen.log_format = log_format == "json"   ? LogFormat::json
                      : log_format == "text" ? LogFormat::text
                                             : LogFormat::automatic;
  chosen.tail.from_latest = tail_from == "latest";
  return dispatch(app, chosen);
}
