#include "app/incarnation.h"

#include <unistd.h>

#include "app/host_name.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

capture::Incarnation this_process() { return {host_name(), getpid(), capture::wall_ms()}; }

}  // namespace wakestream::app
