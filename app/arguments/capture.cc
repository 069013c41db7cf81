#include "app/arguments/arguments.h"

#include <CLI/CLI.hpp>

namespace wakestream::app {

namespace {

void add_row_filter(CLI::App& app, capture::RowFilter& filter) {
  app.add_option("--rule", filter.rule, "only rows that failed in this rule");
  app.add_option("--table", filter.table, "only rows of this table, schema.table");
}

}  // namespace

void add_give_options(CLI::App& app, GiveOptions& options) {
  app.add_option("--why", options.why, "kept in the log with the command and its decision");
  app.add_option("--timeout", options.timeout_s, "seconds to wait for the decision")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

CLI::App* add_run(CLI::App& app, RunOptions& options) {
  auto* run = app.add_subcommand(
      "run",
      "Capture changes and write their events into the log, and publish and deliver them where "
      "the configuration says so, until SIGTERM or SIGINT");
  run->add_option("--role", options.roles,
                  "capture, publish, deliver, or some with commas between; without it all that the "
                  "configuration has")
      ->delimiter(',')
      ->check(CLI::IsMember({"capture", "publish", "deliver"}));
  run->footer(
      "Needs a prepared database (see sql/setup.sql). A second instance of the same pipeline waits "
      "for the first one's\n"
      "lease and takes over when it ends. Killed at any moment, it goes on where the log says that "
      "it was.\n"
      "  wakestream run -c wakestream.yaml\n"
      "  wakestream run -c wakestream.yaml --role publish,deliver");
  return run;
}

CLI::App* add_tail(CLI::App& app, TailOptions& options) {
  auto* tail = app.add_subcommand("tail", "Read the event log as JSON lines");
  tail->add_option("--topic", options.topic,
                   "events, quarantine, checkpoint, decisions, control, or a topic's full name")
      ->capture_default_str();
  tail->add_option("--from", options.from, "earliest or latest")
      ->check(CLI::IsMember({"earliest", "latest"}))
      ->capture_default_str();
  tail->add_flag("--follow,-f", options.follow, "wait for what is yet to come");
  tail->add_option("--until-idle", options.until_idle_s,
                   "end when nothing has come for so many seconds")
      ->check(CLI::PositiveNumber);
  tail->add_option("--limit", options.limit, "end after so many records")
      ->check(CLI::PositiveNumber);
  tail->add_flag("--pretty", options.pretty, "a short line a record, for people");
  tail->footer("  wakestream tail -c wakestream.yaml --from latest --follow");
  return tail;
}

CLI::App* add_status(CLI::App& app, StatusOptions& options) {
  auto* status = app.add_subcommand(
      "status", "Show how the pipeline stands: checkpoint, lag, slot, events, quarantine, writer");
  status->add_flag("--json", options.json, "one JSON object, for programs");
  status->footer(
      "Reads the log and the database, and asks the running process when metrics.listen is set; "
      "changes nothing.\n"
      "Exit status: 0 well, 1 something needs a person, 75 it cannot tell.\n"
      "  wakestream status -c wakestream.yaml");
  return status;
}

CLI::App* add_rules(CLI::App& app) {
  auto* rules = app.add_subcommand("rules", "The rules: show them in either form");
  rules->require_subcommand(1);
  return rules;
}

CLI::App* add_rules_show(CLI::App& rules, RulesShowOptions& options) {
  auto* show = rules.add_subcommand("show", "Print the rules, whatever form they are written in");
  show->add_option("--as", options.form, "sql or yaml")
      ->check(CLI::IsMember({"sql", "yaml"}))
      ->capture_default_str();
  show->add_option("files", options.files, "rule files; without any, those of the configuration");
  show->footer(
      "  wakestream rules show -c wakestream.yaml\n  wakestream rules show --as yaml "
      "rules/customer.sql");
  return show;
}

CLI::App* add_rules_reload(CLI::App& rules, GiveOptions& options) {
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
  return reload;
}

CLI::App* add_quarantine(CLI::App& app, QuarantineOptions& options) {
  auto* quarantine =
      app.add_subcommand("quarantine", "Rows that became no event: list the causes, show the rows");
  quarantine->require_subcommand(1);
  quarantine->footer("Mend the rule or the data, then: wakestream replay --from quarantine");
  auto* list = quarantine->add_subcommand("list", "What failed and why, a cause a line, no values");
  add_row_filter(*list, options.filter);
  list->add_flag("--json", options.json, "a JSON object a cause");
  list->footer("  wakestream quarantine list -c wakestream.yaml --rule customer.moved");
  auto* show = quarantine->add_subcommand("show", "The rows, as JSON lines, without their values");
  add_row_filter(*show, options.filter);
  show->add_flag("--resolved", options.resolved, "rows that were replayed as well");
  show->add_option("--limit", options.limit, "end after so many rows")->check(CLI::PositiveNumber);
  auto* values = show->add_flag(
      "--values", options.values,
      "with the rows' values: personal data. Who asks, and --why, is written into the log first");
  auto* why = show->add_option("--why", options.give.why, "why you need to see values");
  values->needs(why);
  show->footer(
      "  wakestream quarantine show -c wakestream.yaml --rule customer.moved --limit 1\n"
      "  wakestream quarantine show -c wakestream.yaml --limit 1 --values --why 'ticket 4711'");
  show->callback([&options] { options.show = true; });
  return quarantine;
}

CLI::App* add_log(CLI::App& app, LogOptions& options) {
  auto* log = app.add_subcommand(
      "log", "The consumer groups of an embedded log: list them, forget one that is gone");
  log->require_subcommand(1);
  log->footer(
      "Retention keeps what a known group has not read. On Kafka groups are Kafka's: "
      "kafka-consumer-groups.sh.");
  auto* groups =
      log->add_subcommand("groups", "Each group, what it has read, and when it was seen");
  groups->add_flag("--json", options.json, "a JSON object a partition");
  groups->footer("  wakestream log groups -c wakestream.yaml");
  auto* gone =
      log->add_subcommand("forget-group", "Let the log forget a group that will not come back");
  gone->add_option("group", options.forget, "its name")->required();
  auto* yes = gone->add_flag("--yes", options.yes, "do it; without, say what it would mean");
  gone->add_flag("--dry-run", options.dry_run,
                 "say what it would mean, and change nothing: the default")
      ->excludes(yes);
  gone->add_option("--why", options.give.why, "kept in the log");
  gone->footer(
      "Refused while the process that commits for the group runs. A group that comes back begins "
      "anew.\n"
      "  wakestream log forget-group deliver.crm -c wakestream.yaml\n"
      "  wakestream log forget-group deliver.crm -c wakestream.yaml --yes");
  return log;
}

CLI::App* add_deletion(CLI::App& app, DeletionOptions& options) {
  auto* deletion =
      app.add_subcommand("deletion", "What stays of deleted accounts: is there a record of one?");
  deletion->require_subcommand(1);
  auto* show = deletion->add_subcommand("show", "The record that an account was deleted, if any");
  show->add_option("account", options.account, "its id; the log has it under a pseudonym only")
      ->required();
  show->add_flag("--json", options.json, "the record, or null");
  show->footer(
      "Needs the pipeline's key, as run does (docs/context.md).\n"
      "  wakestream deletion show -c wakestream.yaml 4711");
  return deletion;
}

}  // namespace wakestream::app
