#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

CLI::App* add_snapshot(CLI::App& app, SnapshotOptions& options) {
  auto* snapshot = app.add_subcommand(
      "snapshot",
      "Rows that are there already become events: begin, pause, resume, cancel, status");
  snapshot->require_subcommand(1);
  const auto add = [&](const char* name, const char* what) {
    auto* command = snapshot->add_subcommand(name, what);
    command->callback([&options, name] { options.action = name; });
    return command;
  };
  auto* start = add("start",
                    "The running capture reads tables in chunks, beside the stream, for rules that "
                    "take op = 'SNAPSHOT'");
  auto* table = start->add_option(
      "--table", options.tables,
      "schema.table; may stand several times. Without: every table with such a rule");
  start
      ->add_option("--where", options.where,
                   "A condition in SQL on the rows of the one table that is named: only those for "
                   "which it is true. It is read with the rights of source.url's role, and is on "
                   "record in the log")
      ->needs(table);
  start->add_flag("--differences", options.differences,
                  "Only what differs from what was said last of its account: the log's events are "
                  "read first, as far back as they are kept. For a lost slot");
  start->add_flag("--follow", options.follow,
                  "Show it until it is done: a bar a table on a terminal, log lines elsewhere");
  add_give_options(*start, options.give);
  start->footer(
      "Returns when it has begun, or, with --follow, when it is done. It goes on "
      "after "
      "a crash.\n"
      "Exit codes: 0 begun (followed: done), 1 refused (followed: given up), 75 no capture has "
      "decided yet.\n"
      "  wakestream snapshot start -c wakestream.yaml --table graph.account\n"
      "  wakestream snapshot start -c wakestream.yaml --table graph.account --differences\n"
      "  wakestream snapshot start -c wakestream.yaml --table graph.account --where \"banner = "
      "'banner-a'\"");
  auto* pause = add("pause", "No more chunks are read until resume");
  add_give_options(*pause, options.give);
  pause->footer("  wakestream snapshot pause -c wakestream.yaml --why 'backup runs'");
  auto* resume = add("resume", "Go on where it was paused");
  add_give_options(*resume, options.give);
  resume->footer("  wakestream snapshot resume -c wakestream.yaml");
  auto* cancel = add("cancel", "Give it up; what is in the log stays there");
  add_give_options(*cancel, options.give);
  cancel->footer("  wakestream snapshot cancel -c wakestream.yaml");
  auto* status = add("status", "How far it is, by the log");
  auto* json = status->add_flag("--json", options.json, "one JSON object, or null");
  status
      ->add_flag("--follow", options.follow,
                 "Until it is done: a bar a table on a terminal, log lines elsewhere")
      ->excludes(json);
  status->footer(
      "  wakestream snapshot status -c wakestream.yaml\n"
      "  wakestream snapshot status -c wakestream.yaml --follow");
  return snapshot;
}

}  // namespace wakestream::app
