#include "app/log_failure.h"

#include <string>

#include "app/commands.h"
#include "roles/capture/error_policy.h"

namespace wakestream::app {

int say_log_failure(Logger& logger, std::string_view event, const log::Error& error) {
  std::string sentence = error.message;
  if (const std::string_view way_out = capture::judge(error.kind).way_out; !way_out.empty())
    sentence.append(". ").append(way_out);
  logger.error(event, sentence);
  const bool passes = error.kind == log::ErrorKind::unreachable ||
                      error.kind == log::ErrorKind::untrusted || error.kind == log::ErrorKind::held;
  return passes ? exit_try_again : exit_problem;
}

}  // namespace wakestream::app
