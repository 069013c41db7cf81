#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

namespace {

void add_file(CLI::App& command, PolicyOptions& options) {
  command.add_option("file", options.file, "the policy")->capture_default_str();
}

void add_rules_option(CLI::App& command, PolicyOptions& options) {
  command.add_option("--rules", options.rules,
                     "the rules that make the events (default: those of the configuration)");
}

void add_at(CLI::App& command, PolicyOptions& options) {
  command.add_option("--at", options.at, "as on this day, 2026-01-01 (default: now)");
}

}  // namespace

CLI::App* add_policy(CLI::App& app) {
  auto* policy = app.add_subcommand("policy", "Who may see which field of which event, and why");
  policy->require_subcommand(1);
  policy->footer(
      "Reads the policy and the rules alone: no database, no log, no key. docs/policy.md explains "
      "the file.");
  return policy;
}

CLI::App* add_policy_test(CLI::App& policy, PolicyOptions& options) {
  auto* test = policy.add_subcommand(
      "test", "Load it, run the tests in it, and hold it against the rules' events");
  add_file(*test, options);
  add_rules_option(*test, options);
  test->footer("  wakestream policy test policy.yaml --rules rules/customer.sql");
  return test;
}

CLI::App* add_policy_explain(CLI::App& policy, PolicyExplainOptions& options) {
  auto* explain = policy.add_subcommand(
      "explain", "Of one event and one consumer: each field's trail of rules");
  explain
      ->add_option("event", options.event,
                   "a file whose first line is an event, as tail or preview prints it; - for stdin")
      ->required();
  explain->add_option("--consumer", options.consumer, "whom it would go to")->required();
  explain->add_flag("--all", options.all, "rules that do not hold, too, with what is not so");
  explain->add_option("--policy", options.policy.file, "the policy")->capture_default_str();
  add_rules_option(*explain, options.policy);
  add_at(*explain, options.policy);
  explain->footer(
      "Prints names of fields, categories and rules, and no value of the event.\n"
      "  wakestream policy explain event.json --consumer esp\n"
      "  wakestream tail -c wakestream.yaml --limit 1 | wakestream policy explain - --consumer "
      "esp");
  return explain;
}

CLI::App* add_policy_matrix(CLI::App& policy, PolicyMatrixOptions& options) {
  auto* matrix = policy.add_subcommand("matrix", "Consumer by field by jurisdiction");
  add_file(*matrix, options.policy);
  add_rules_option(*matrix, options.policy);
  add_at(*matrix, options.policy);
  matrix->add_option("--consumer", options.consumers, "this one alone; may be given again");
  matrix->add_option("--banner", options.banner, "at this one (default: the first)");
  matrix
      ->add_option("--consent", options.consent,
                   "of every purpose that asks for one: granted, not_asked, denied or unknown")
      ->check(CLI::IsMember({"granted", "not_asked", "denied", "unknown"}))
      ->capture_default_str();
  matrix->add_flag("--html", options.html, "a page for a browser");
  matrix->footer(
      "  wakestream policy matrix policy.yaml --rules rules/customer.sql --html > matrix.html");
  return matrix;
}

CLI::App* add_policy_diff(CLI::App& policy, PolicyDiffOptions& options) {
  auto* diff = policy.add_subcommand("diff", "Who gains or loses which field, and where");
  diff->add_option("before", options.policy.file, "a policy")->required();
  diff->add_option("after", options.after, "another one")->required();
  add_rules_option(*diff, options.policy);
  add_at(*diff, options.policy);
  diff->footer("  wakestream policy diff policy.yaml new-policy.yaml --rules rules/customer.sql");
  return diff;
}

CLI::App* add_policy_prove(CLI::App& policy, PolicyOptions& options) {
  auto* prove = policy.add_subcommand(
      "prove", "Try its claims in every combination of circumstances; exit 1 when one fails");
  add_file(*prove, options);
  prove->footer("  wakestream policy prove policy.yaml");
  return prove;
}

}  // namespace wakestream::app
