// The name of this host, for records and people.
#pragma once

#include <string>

namespace wakestream::app {

std::string host_name();

}  // namespace wakestream::app
