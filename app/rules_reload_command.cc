#include "app/rules_reload_command.h"

#include "app/commands.h"
#include "app/load_rules.h"
#include "app/output.h"

namespace wakestream::app {

void add_give_options(CLI::App& app, GiveOptions& options) {
  app.add_option("--why", options.why, "kept in the log with the command and its decision");
  app.add_option("--timeout", options.timeout_s, "seconds to wait for the decision")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void add_rules_reload(CLI::App& rules, GiveOptions& options) {
  auto* reload = rules.add_subcommand(
      "reload",
      "The running capture takes the rules that the files hold now, at a commit, or refuses them");
  add_give_options(*reload, options);
  reload->footer(
      "Prints the decision as JSON. Exit codes: 0 in force, 1 refused and the old rules stay, 75 "
      "no "
      "capture has\n"
      "decided yet. The same without waiting: kill -HUP the process.\n"
      "  wakestream rules reload -c wakestream.yaml --why 'tier joins customer.moved'");
}

int rules_reload_command(const Config& config, const GiveOptions& options, Logger& logger) {
  // Problems of the files are said here, before anybody is asked.
  const auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  capture::Command command;
  command.name = capture::Command::reload_rules;
  command.rules_hash = rules->hash();
  return give_command(config, std::move(command), options, logger,
                      [](const capture::Decision& decision) {
                        Output output;
                        output.line() += encode_decision(decision);
                        output.end_line();
                      });
}

}  // namespace wakestream::app
