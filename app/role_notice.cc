#include "app/role_notice.h"

namespace wakestream::app {

namespace {

Logger::Level level_of(capture::action::Level level) {
  switch (level) {
    case capture::action::Level::info:
      return Logger::Level::info;
    case capture::action::Level::warning:
      return Logger::Level::warning;
    case capture::action::Level::error:
      return Logger::Level::error;
  }
  return Logger::Level::error;
}

}  // namespace

void log_notice(Logger& logger, const capture::action::Say& said) {
  logger.log(level_of(said.level), said.event, said.message, said.fields);
}

}  // namespace wakestream::app
