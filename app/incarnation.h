// This life of this process, as records name their writer.
#pragma once

#include "roles/capture/checkpoint.h"

namespace wakestream::app {

capture::Incarnation this_process();

}  // namespace wakestream::app
