// What a role tells people, as a line of the program's.
#pragma once

#include "app/logging.h"
#include "roles/capture/action.h"

namespace wakestream::app {

void log_notice(Logger& logger, const capture::action::Say& said);

}  // namespace wakestream::app
