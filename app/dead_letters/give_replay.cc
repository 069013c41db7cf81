#include "app/dead_letters/give_replay.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "app/commands.h"
#include "app/output.h"

namespace wakestream::app {

int give_replay(const Config& config, deliver::Command command, const GiveOptions& options,
                Logger& logger) {
  std::string id;
  std::map<std::int32_t, std::int64_t> moved;  // by share, up to its last decision
  const auto code = give_command(config, std::move(command), options, logger,
                                 [&](const deliver::Decision& decision) {
                                   id = decision.id;
                                   moved[decision.share.number] = decision.moved;
                                 });
  if (code != exit_done) return code;
  Output output;
  output.line() += R"({"outcome":"done","id":)";
  append_json_string(output.line(), id);
  std::int64_t sum = 0;
  for (const auto& [share, count] : moved) sum += count;
  output.line() += fmt::format(R"(,"moved":{}}})", sum);
  output.end_line();
  return exit_done;
}

}  // namespace wakestream::app
