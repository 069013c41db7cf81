// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace wakestream::app {

std::string bytes_text(double bytes);       // "1.5 MiB"
std::string duration_text(double seconds);  // "2.4 s", "17 min", "3.5 h", "12 days"

}  // namespace wakestream::app
