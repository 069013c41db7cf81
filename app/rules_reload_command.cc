#include "app/rules_reload_command.h"

#include "app/commands.h"
#include "app/load_rules.h"
#include "app/output.h"

namespace wakestream::app {

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
