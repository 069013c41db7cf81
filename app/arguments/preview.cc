#include "app/arguments/arguments.h"

#include <CLI/CLI.hpp>

namespace wakestream::app {

CLI::App* add_preview(CLI::App& app, preview::PreviewOptions& options) {
  auto* preview = app.add_subcommand(
      "preview", "Show the events that the rules would emit, as JSON lines; nothing is written");
  preview
      ->add_option("--from", options.from,
                   "now: changes from this moment on; slot: what the pipeline's slot has not "
                   "confirmed, from a copy of it; snapshot: rows that are there, as a snapshot "
                   "reads them; log: past events beside today's rules; or a recording's path")
      ->capture_default_str();
  preview->add_option("--table", options.tables,
                      "with --from snapshot: of this table alone, as schema.table; may be given "
                      "several times. Else every table whose rules take SNAPSHOT rows");
  preview->add_option("--where", options.where,
                      "with --from snapshot: of the rows of the one --table those for which this "
                      "condition holds, in SQL");
  preview->add_option("--rules", options.rules, "rule files instead of those of the configuration");
  preview->add_flag("--diff", options.diff,
                    "compare --rules with those of the configuration: which events appear, vanish "
                    "and change, counted and by example. Exit code 3 when any does");
  preview->add_flag("--json", options.json, "with --diff: the comparison as one JSON object");
  preview->add_flag("--watch", options.watch,
                    "again whenever a rule file is saved: its first mistake, or the result");
  preview
      ->add_option("--until-idle", options.until_idle_s,
                   "end when nothing has come for so many seconds")
      ->check(CLI::PositiveNumber);
  preview
      ->add_option("--limit", options.limit, "end after so many events (with --diff: row changes)")
      ->check(CLI::PositiveNumber);
  preview->add_flag("--null", options.discard,
                    "make the lines and write none of them (for measurements)");
  preview->add_flag("--show-values", options.show_values,
                    "show the rows that could not become events, with their values");
  preview->footer(
      "  wakestream preview -c wakestream.yaml --from slot --until-idle 2 | head\n"
      "  wakestream preview -c wakestream.yaml --from slot --until-idle 2 --rules new.sql --diff\n"
      "  wakestream preview -c wakestream.yaml --from snapshot --table graph.account --limit 10\n"
      "  wakestream preview --from changes.rec --rules rules/customer.sql --watch");
  return preview;
}

CLI::App* add_record(CLI::App& app, preview::RecordOptions& options) {
  auto* record = app.add_subcommand(
      "record", "Write row changes to a file, for preview --from FILE; the slot stays where it is");
  record->add_option("file", options.file, "a new file; it will hold rows of the database")
      ->required();
  record
      ->add_option("--from", options.from,
                   "now: changes from this moment on; slot: what the pipeline's slot has not "
                   "confirmed, from a copy of it")
      ->check(CLI::IsMember({"now", "slot"}))
      ->capture_default_str();
  record
      ->add_option("--until-idle", options.until_idle_s,
                   "end when nothing has come for so many seconds; else at SIGINT or SIGTERM")
      ->check(CLI::PositiveNumber);
  record->add_option("--bytes-max", options.bytes_max, "end before the file is larger: 500MB, 1GB")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  record->footer(
      "The file holds customer data as it stands in the tables: keep it where the database's own "
      "backups may be.\n"
      "Only its owner may read it (mode 0600). It holds whole transactions, each with checksums.\n"
      "  wakestream record changes.rec -c wakestream.yaml --from slot --until-idle 2\n"
      "  wakestream preview --from changes.rec --rules new.sql");
  return record;
}

}  // namespace wakestream::app
