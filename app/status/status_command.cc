#include "app/status/status_command.h"

#include "app/commands.h"
#include "app/output.h"
#include "app/status/gather_status.h"

namespace wakestream::app {

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
