#include "app/status/status_command.h"

#include "app/commands.h"
#include "app/output.h"
#include "app/status/gather_status.h"

namespace wakestream::app {

void add_status(CLI::App& app, StatusOptions& options) {
  auto* status = app.add_subcommand(
      "status", "Show how the pipeline stands: checkpoint, lag, slot, events, quarantine, writer");
  status->add_flag("--json", options.json, "one JSON object, for programs");
  status->footer(
      "Reads the log and the database, and asks the running process when metrics.listen is set; "
      "changes nothing.\n"
      "Exit status: 0 well, 1 something needs a person, 75 it cannot tell.\n"
      "  wakestream status -c wakestream.yaml");
}

int status_command(const Config& config, const StatusOptions& options) {
  const auto status = gather_status(config);
  const auto judgement = judge(status);
  Output output;
  output.line() +=
      options.json ? status_json(status, judgement) + "\n" : status_text(status, judgement);
  output.flush();
  switch (judgement.verdict) {
    case Verdict::well:
      return exit_done;
    case Verdict::needs_person:
      return exit_problem;
    case Verdict::cannot_tell:
      return exit_try_again;
  }
  return exit_problem;
}

}  // namespace wakestream::app
