// What became of a command, as a line for people.
#pragma once

#include "roles/capture/action.h"
#include "roles/capture/command.h"

namespace wakestream::capture {

action::Say said_of(const Decision& decision);

}  // namespace wakestream::capture
