#include "roles/capture/wall_time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace wakestream::capture {

Time time_now() {
  using namespace std::chrono;  // NOLINT: one expression
  return {duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count(), wall_ms()};
}

std::string rfc3339(std::int64_t unix_time_us) {
  auto seconds = unix_time_us / 1'000'000;
  auto micros = unix_time_us % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     micros);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000000Z";
  if (text.size() != form.size()) return std::nullopt;
  int parts[7] = {};
  int* part = parts;
  for (std::size_t at = 0; at < form.size(); ++at) {
    const bool digit = text[at] >= '0' && text[at] <= '9';
    if (digit != (form[at] == '0') || (!digit && text[at] != form[at])) return std::nullopt;
    if (digit) *part = *part * 10 + (text[at] - '0');
    if (!digit) ++part;
  }
  using namespace std::chrono;  // NOLINT: a calendar date reads better so
  const auto date = year(parts[0]) / parts[1] / parts[2];
  if (!date.ok()) return std::nullopt;
  const auto time = sys_days(date) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]) +
                    microseconds(parts[6]);
  return duration_cast<microseconds>(time.time_since_epoch()).count();
}

}  // namespace wakestream::capture
