#include "app/arguments/arguments.h"

#include <CLI/CLI.hpp>

namespace wakestream::app {

CLI::App* add_init(CLI::App& app, init::InitOptions& options) {
  auto* init = app.add_subcommand(
      "init",
      "Look at a database; write wakestream.yaml, first rules, and the SQL that prepares it");
  init->add_option("--url", options.url,
                   "the database, as a libpq connection string or URI of a role that may read its "
                   "catalogue; the owner's or an administrator's sees the statistics too");
  init->add_option("--dir", options.folder, "where the files go")->capture_default_str();
  init->add_flag("--yes,-y", options.yes, "take what is proposed; ask nothing");
  init->add_flag("--force", options.force, "overwrite files that differ");
  init->add_option("--account-table", options.choices.account_table,
                   "schema.table of the accounts");
  init->add_option("--key", options.choices.key, "its column that names an account");
  init->add_option("--banner", options.choices.banner, "its column of the banner; - for none");
  init->add_option("--parent", options.choices.parent, "its column of the parent; - for none");
  init->add_option("--jurisdiction", options.choices.jurisdiction,
                   "its column of the jurisdiction; - for none");
  init->add_option("--consent", options.choices.consent, "its column of the consent; - for none");
  init->add_option("--tables", options.choices.tables, "the tables that hang on it, by commas")
      ->delimiter(',');
  init->add_option("--banner-literal", options.naming.banner_literal,
                   "the banner where no column has it (default: the database's name)");
  init->add_option("--jurisdiction-literal", options.naming.jurisdiction_literal,
                   "the jurisdiction where no column has it")
      ->capture_default_str();
  init->add_option("--family", options.naming.family, "the first part of the event types")
      ->capture_default_str();
  init->add_option("--pipeline", options.naming.pipeline, "its name (default: the database's)");
  init->add_option("--role", options.naming.role, "the role that wakestream connects as")
      ->capture_default_str();
  init->add_option("--publication", options.naming.publication, "the publication's name")
      ->capture_default_str();
  init->add_option("--kafka", options.naming.kafka_brokers,
                   "brokers of the event log (default: an embedded log)");
  init->footer(
      "Reads the catalogue and ANALYZE's counts, never a value. On a terminal it asks, with its "
      "proposals as defaults.\n"
      "Overwrites nothing: run twice, it says what is unchanged.\n"
      "  wakestream init --url postgresql://postgres@localhost/shop");
  return init;
}

CLI::App* add_check(CLI::App& app, check::CheckOptions& options) {
  auto* check = app.add_subcommand(
      "check", "Look at everything that run needs, and say what mends what is missing");
  auto* json = check->add_flag("--json", options.json, "one JSON object");
  check->add_flag("--fix", options.fix, "print the mends alone, as one script for psql")
      ->excludes(json);
  check->footer(
      "Changes nothing. Ends with 0 when there is no error, with 1 when there is one; "
      "docs/check.md "
      "lists the findings.\n"
      "  wakestream check -c wakestream.yaml\n"
      "  wakestream check -c wakestream.yaml --fix | psql -d shop");
  return check;
}

}  // namespace wakestream::app
