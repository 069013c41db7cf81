#include "app/dead_letters/give_replay.h"

#include <fmt/format.h>

#include <utility>

#include "app/commands.h"
#include "app/output.h"

namespace wakestream::app {

int give_replay(const Config& config, deliver::Command command, const GiveOptions& options,
                Logger& logger) {
  deliver::Decision last;
  const auto code = give_command(config, std::move(command), options, logger,
                                 [&last](const deliver::Decision& decision) { last = decision; });
  if (code != exit_done) return code;
  Output output;
  output.line() += R"({"outcome":"done","id":)";
  append_json_string(output.line(), last.id);
  output.line() += fmt::format(R"(,"moved":{}}})", last.moved);
  output.end_line();
  return exit_done;
}

}  // namespace wakestream::app
