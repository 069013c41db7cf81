#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

CLI::App* add_consumer(CLI::App& app) {
  auto* consumer = app.add_subcommand("consumer", "How events reach a consumer: recipes");
  consumer->require_subcommand(1);
  consumer->footer("docs/consumers.md explains recipes. `run` does not deliver yet.");
  return consumer;
}

CLI::App* add_consumer_try(CLI::App& consumer, ConsumerTryOptions& options) {
  auto* command = consumer.add_subcommand(
      "try", "The request that a recipe makes of one event; --send sends it");
  command->add_option("recipe", options.recipe, "the recipe")->required();
  command
      ->add_option("--event", options.event,
                   "a file whose first line is an event, as tail or preview prints it; - for stdin")
      ->required();
  command->add_flag("--send", options.send, "send it, once, and say what came of it");
  command->footer(
      "Secrets are shown as ***, the event as it is. No policy is asked: what the file holds is "
      "what is sent.\n"
      "Exit codes of --send: 0 delivered, 75 it may be sent again, 1 it may not.\n"
      "  wakestream consumer try recipes/esp.yaml --event event.json\n"
      "  wakestream consumer try recipes/esp.yaml --event event.json --send");
  return command;
}

}  // namespace wakestream::app
