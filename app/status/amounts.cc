#include "app/status/amounts.h"

#include <fmt/format.h>

namespace wakestream::app {

std::string bytes_text(double bytes) {
  if (bytes < 1'024) return fmt::format("{:.0f} bytes", bytes);
  double amount = bytes;
  for (const auto* unit : {"KiB", "MiB", "GiB"}) {
    amount /= 1'024;
    if (amount < 1'024) return fmt::format("{:.1f} {}", amount, unit);
  }
  return fmt::format("{:.1f} TiB", amount / 1'024);
}

std::string duration_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7'200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{:.1f} h", seconds / 3'600);
  return fmt::format("{:.0f} days", seconds / 86'400);
}

}  // namespace wakestream::app
