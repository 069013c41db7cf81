#include "app/check/check_command.h"

#include <chrono>

#include "app/check/check.h"
#include "app/check/gather.h"
#include "app/check/report.h"
#include "app/commands.h"
#include "app/output.h"

namespace wakestream::check {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds deadline{5'000};  // for each thing that is asked of server and log

}  // namespace

int check_command(const std::string& config_path, const CheckOptions& options) {
  const auto begin = Clock::now();
  const auto facts = gather(config_path, deadline);
  const auto findings = check_all(facts);
  const auto spent = std::chrono::duration_cast<milliseconds>(Clock::now() - begin).count();
  app::Output output;
  output.line() += options.json  ? as_json(facts, findings, spent)
                   : options.fix ? as_script(facts, findings)
                                 : as_text(facts, findings);
  output.flush();
  // A script that was printed is done: `check --fix | psql` must not fail for what it mends.
  if (options.fix) return app::exit_done;
  return findings.count(Severity::error) == 0 ? app::exit_done : app::exit_problem;
}

}  // namespace wakestream::check
