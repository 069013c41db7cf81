#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

namespace {

void add_letter_choice(CLI::App& app, deliver::LetterChoice& choice) {
  app.add_option("--account", choice.account, "only letters of this account");
  app.add_option("--type", choice.type, "only events of this type");
  app.add_option("--error", choice.error, "only what failed with this, as dlq list shows it");
}

void add_bound(CLI::App& app, const char* name, deliver::LogBound& bound, const char* help) {
  app.add_option_function<std::string>(
      name,
      [&bound, name](const std::string& text) {
        const auto read = read_bound(text);
        if (!read)
          throw CLI::ValidationError(
              name,
              "wants an LSN (0/16B3748), a day (2026-11-28) or a time in UTC "
              "(2026-11-28T09:00:00Z)");
        bound = *read;
      },
      help);
}

void check_replay(const ReplayOptions& options) {
  const auto& [account, type, error] = options.choice;
  const bool rows = options.from == "quarantine";
  const bool log = options.from == "log";
  const bool bound =
      !(options.since == deliver::LogBound{} && options.until == deliver::LogBound{});
  if (options.from.empty() && options.report.empty())
    throw CLI::RequiredError("--from, or --report");
  if (!rows && options.consumer.empty())
    throw CLI::RequiredError("--from deadletter and log: --consumer");
  if (!rows && !(options.filter.rule + options.filter.table).empty())
    throw CLI::ExcludesError("--from deadletter and log", "--rule and --table");
  if (rows && !(options.consumer + account + type + error).empty())
    throw CLI::ExcludesError("--from quarantine", "--consumer, --account, --type and --error");
  if (!log && (bound || options.stop))
    throw CLI::RequiredError("--since, --until and --stop: --from log");
  if (log && !error.empty()) throw CLI::ExcludesError("--from log", "--error");
  if (log && options.stop && options.dry_run) throw CLI::ExcludesError("--stop", "--dry-run");
}

}  // namespace

CLI::App* add_dlq(CLI::App& app) {
  auto* dlq = app.add_subcommand(
      "dlq", "What could not be delivered: list what failed and why, show the letters");
  dlq->require_subcommand(1);
  dlq->footer("docs/deadletters.md explains it. Afterwards: wakestream replay --from deadletter");
  return dlq;
}

CLI::App* add_dlq_list(CLI::App& dlq, DlqListOptions& options) {
  auto* list = dlq.add_subcommand(
      "list", "What failed, by consumer, event type and error, with the likely cause");
  list->add_option("--consumer", options.consumer, "only this consumer's");
  list->add_flag("--json", options.json, "a JSON object for each");
  list->footer(
      "Likely causes: consumer-side (one error for most of what failed in that time), data (few "
      "fail,\n"
      "each refused for what it says), or unclear.\n"
      "  wakestream dlq list -c wakestream.yaml --consumer esp");
  return list;
}

CLI::App* add_dlq_show(CLI::App& dlq, DlqShowOptions& options) {
  auto* show = dlq.add_subcommand(
      "show", "The letters of a consumer, as JSON lines, lane by lane, without their values");
  show->add_option("--consumer", options.consumer, "whose")->required();
  add_letter_choice(*show, options.choice);
  show->add_option("--limit", options.limit, "end after so many letters")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  show->footer(
      "lane numbers the accounts of this listing; of an event's fields only the names are shown.\n"
      "  wakestream dlq show -c wakestream.yaml --consumer esp --type customer.email_changed");
  return show;
}

CLI::App* add_replay(CLI::App& app, ReplayOptions& options) {
  auto* replay = app.add_subcommand(
      "replay",
      "Once more: rows of the quarantine, what could not be delivered, or events of the log");
  auto* from = replay->add_option("--from", options.from, "quarantine, deadletter or log")
                   ->check(CLI::IsMember({"quarantine", "deadletter", "log"}));
  replay->add_option("--rule", options.filter.rule,
                     "quarantine: only rows that failed in this rule");
  replay->add_option("--table", options.filter.table,
                     "quarantine: only rows of this table, schema.table");
  auto* consumer = replay->add_option("--consumer", options.consumer, "deadletter and log: whose");
  add_letter_choice(*replay, options.choice);
  add_bound(*replay, "--since", options.since,
            "log: only what was committed then or later: an LSN, or a day or time in UTC "
            "(2026-11-28, 2026-11-28T09:00:00Z)");
  add_bound(*replay, "--until", options.until,
            "log: and not later; accounts that have such an event get what follows as well");
  replay->add_flag("--stop", options.stop, "log: end the replay that is going on");
  replay
      ->add_option("--report", options.report,
                   "what became of the replay with this id, of dead letters or of the log")
      ->needs(consumer)
      ->excludes(from);
  replay->add_flag("--dry-run", options.dry_run,
                   "say what the rule files would make of the rows, or which letters would be "
                   "tried again; nothing is written");
  replay->add_option("--limit", options.limit, "of a dry run: name so many letters")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_give_options(*replay, options.give);
  replay->parse_complete_callback([&options] { check_replay(options); });
  replay->footer(
      "quarantine: each row gives its event at most once, however often it is replayed; the event "
      "is\n"
      "marked as late (ce_late). deadletter: parked lanes and dead letters are tried again, each "
      "lane in its\n"
      "order, and what comes meanwhile waits behind; policy is asked anew. log: events that have "
      "ended go\n"
      "out once more, with sequences of their own; it ends when all of them stand in their lanes.\n"
      "Exit codes: 0 done, 1 refused, 75 nobody has decided yet.\n"
      "  wakestream replay -c wakestream.yaml --from quarantine --rule customer.moved --why 'rule "
      "mended'\n"
      "  wakestream replay -c wakestream.yaml --from deadletter --consumer esp --dry-run\n"
      "  wakestream replay -c wakestream.yaml --from deadletter --consumer esp --why 'ticket "
      "4711'\n"
      "  wakestream replay -c wakestream.yaml --from log --consumer esp --since "
      "2026-11-28T09:00:00Z --dry-run");
  return replay;
}

}  // namespace wakestream::app
