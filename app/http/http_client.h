// One GET to a process on an address that we know.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "app/listen_address.h"

namespace wakestream::app {

// The body of a 200; nothing when nobody answers so in time.
std::optional<std::string> http_get(const ListenAddress& address, const std::string& path,
                                    std::chrono::milliseconds timeout);

}  // namespace wakestream::app
