#include "app/host_name.h"

#include <unistd.h>

namespace wakestream::app {

std::string host_name() {
  char host[256] = "unknown";
  gethostname(host, sizeof(host) - 1);
  return host;
}

}  // namespace wakestream::app
