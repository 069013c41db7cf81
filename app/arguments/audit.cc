#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

CLI::App* add_audit(CLI::App& app, AuditOptions& options) {
  auto* audit = app.add_subcommand("audit", "What was disclosed of a member, to whom, and why");
  audit->require_subcommand(1);
  auto* subject = audit->add_subcommand(
      "subject", "The accounting of disclosures of one member, from the receipts of deliveries");
  subject
      ->add_option("account", options.account,
                   "its id; the receipts have it under a pseudonym only")
      ->required();
  subject->add_option("--since", options.since, "a day, or a time such as 2026-01-31T08:30:00Z")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& text) {
            return read_since(text) ? std::string{}
                                    : "it must be a day such as 2026-01-31, or a time such as "
                                      "2026-01-31T08:30:00Z";
          },
          "TIME"));
  subject->add_option("--consumer", options.consumers,
                      "of this one alone, also when the configuration has it no more; may be given "
                      "several times");
  subject->add_flag("--json", options.json, "a JSON object a line, withheld ones among them");
  subject->footer(
      "Needs the key of the pipeline's receipts, as run does (docs/receipts.md).\n"
      "  wakestream audit subject 4711 --since 2026-01-01 -c wakestream.yaml\n"
      "  wakestream audit subject 4711 --since 2026-01-01 --consumer esp --json -c "
      "wakestream.yaml");
  return audit;
}

}  // namespace wakestream::app
