#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

namespace {

CLI::App* add_control(CLI::App& command, ConsumerControlOptions& options) {
  command.add_option("consumer", options.consumer, "its name in the configuration")->required();
  add_give_options(command, options.give);
  return &command;
}

}  // namespace

CLI::App* add_consumer(CLI::App& app) {
  auto* consumer = app.add_subcommand(
      "consumer",
      "How events reach consumers: how each stands, pause, resume, bootstrap, try a recipe");
  consumer->require_subcommand(1);
  consumer->footer("docs/consumers.md explains recipes, docs/deadletters.md what fails.");
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

CLI::App* add_consumer_list(CLI::App& consumer, ConsumerListOptions& options) {
  auto* list = consumer.add_subcommand(
      "list", "Each consumer: paused or not, what waits, how many events it is behind");
  list->add_flag("--json", options.json, "a JSON object for each");
  list->footer(
      "Reads the log, and changes nothing.\n  wakestream consumer list -c wakestream.yaml");
  return list;
}

CLI::App* add_consumer_pause(CLI::App& consumer, ConsumerControlOptions& options) {
  auto* pause = consumer.add_subcommand(
      "pause", "Nothing more is sent to it until it is resumed; its events wait, in order");
  pause->footer(
      "What is under way ends. Prints the decision as JSON. Exit codes: 0 done, 1 refused,\n"
      "75 nobody who delivers to it has decided yet.\n"
      "  wakestream consumer pause esp -c wakestream.yaml --why 'they move their servers'");
  return add_control(*pause, options);
}

CLI::App* add_consumer_resume(CLI::App& consumer, ConsumerControlOptions& options) {
  auto* resume = consumer.add_subcommand(
      "resume", "Events are sent to it again; also where its own answer had stopped them");
  resume->footer(
      "Prints the decision as JSON. Exit codes as of pause.\n"
      "  wakestream consumer resume esp -c wakestream.yaml --why 'they are back'");
  return add_control(*resume, options);
}

CLI::App* add_consumer_bootstrap(CLI::App& consumer, ConsumerBootstrapOptions& options) {
  auto* bootstrap = consumer.add_subcommand(
      "bootstrap", "A new consumer gets the rows that are there already, and nobody else does");
  bootstrap->add_option("consumer", options.consumer, "its name in the configuration")->required();
  auto* table = bootstrap->add_option(
      "--table", options.tables,
      "schema.table; may stand several times. Without: every table with a rule that takes op = "
      "'SNAPSHOT'");
  bootstrap
      ->add_option("--where", options.where,
                   "A condition in SQL on the rows of the one table that is named; it is on record "
                   "in the log")
      ->needs(table);
  bootstrap->add_flag("--follow", options.follow, "Show it until all rows are read");
  add_give_options(*bootstrap, options.give);
  bootstrap->footer(
      "Deliveries to it must have begun: `wakestream run` with it in the configuration, and\n"
      "`starts_from: latest`, so that it gets no history. Each row then stands in its account's\n"
      "order among the live events, and goes out by policy as they do. `wakestream snapshot` "
      "pauses,\n"
      "resumes and cancels it.\n"
      "Exit codes: 0 begun (followed: all rows are read), 1 refused, 75 no capture has decided "
      "yet.\n"
      "  wakestream consumer bootstrap listings -c wakestream.yaml --follow");
  return bootstrap;
}

}  // namespace wakestream::app
