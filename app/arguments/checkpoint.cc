#include <CLI/CLI.hpp>

#include "app/arguments/arguments.h"

namespace wakestream::app {

namespace {

CLI::App* add_change(CLI::App& checkpoint, CheckpointOptions& options, const char* name,
                     CheckpointOptions::Action action, const char* about) {
  auto* change = checkpoint.add_subcommand(name, about);
  auto* yes = change->add_flag("--yes", options.yes, "do it; without, say what it would mean");
  change
      ->add_flag("--dry-run", options.dry_run,
                 "say what it would mean, and change nothing: the default")
      ->excludes(yes);
  change->add_option("--why", options.why, "kept in the log with the decision");
  change->add_flag("--json", options.json, "one JSON object");
  change->callback([&options, action] { options.action = action; });
  return change;
}

}  // namespace

CLI::App* add_checkpoint(CLI::App& app, CheckpointOptions& options) {
  using Action = CheckpointOptions::Action;
  auto* checkpoint = app.add_subcommand(
      "checkpoint", "The ways out when `run` refuses to go on: look, and decide what is given up");
  checkpoint->require_subcommand(1);
  checkpoint->footer(
      "show changes nothing. The others say what would be lost or repeated, and do it with --yes, "
      "while no capture\n"
      "runs; each is on record in the decisions topic. docs/errors.md says which leads out of "
      "what.");
  auto* show = checkpoint->add_subcommand("show", "The checkpoint, and what a start would do");
  show->add_flag("--json", options.json, "one JSON object");
  show->footer(
      "Exit codes: 0 a start would go on, 1 it would refuse, 75 one side does not answer.\n"
      "  wakestream checkpoint show -c wakestream.yaml");
  auto* set = add_change(*checkpoint, options, "set", Action::set,
                         "Read on from another position: skip commits, or have them again");
  set->add_option("--lsn", options.lsn, "what commits before it is taken for done")->required();
  set->footer("  wakestream checkpoint set -c wakestream.yaml --lsn 0/1A2B3C4D");
  add_change(*checkpoint, options, "epoch", Action::epoch,
             "Begin a new epoch on the server as it is: promoted without commits that were "
             "emitted, restored, or another cluster")
      ->footer("  wakestream checkpoint epoch -c wakestream.yaml");
  add_change(*checkpoint, options, "adopt-slot", Action::adopt_slot,
             "Read from the configured slot where it stands; one that is gone is made anew")
      ->footer("  wakestream checkpoint adopt-slot -c wakestream.yaml");
  return checkpoint;
}

}  // namespace wakestream::app
