#include "app/snapshot/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/status/amounts.h"

namespace wakestream::app {

namespace {

constexpr std::int64_t looked_back_ms = 15'000;
constexpr std::size_t bar_width_min = 10;
constexpr std::size_t bar_width_max = 40;

std::string bar(double share, std::size_t width) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

}  // namespace

void Pace::note(std::int64_t now_ms, std::uint64_t rows) {
  seen_.push_back({now_ms, rows});
  while (seen_.size() > 2 && now_ms - seen_.front().at_ms > looked_back_ms) seen_.pop_front();
}

std::optional<double> Pace::rows_per_s() const {
  if (seen_.size() < 2 || seen_.back().at_ms <= seen_.front().at_ms ||
      seen_.back().rows < seen_.front().rows)
    return std::nullopt;
  return static_cast<double>(seen_.back().rows - seen_.front().rows) * 1'000 /
         static_cast<double>(seen_.back().at_ms - seen_.front().at_ms);
}

std::string progress_line(const TableProgress& progress, std::size_t width) {
  const bool counted = progress.rows_estimated > 0 && !progress.part;
  std::string head = progress.table + (progress.part ? " (a part of it)" : "");
  std::string tail;
  double share = 0;
  if (counted) {
    // An estimate: a table is done when it says so, and not before.
    share = std::min(
        static_cast<double>(progress.rows) / static_cast<double>(progress.rows_estimated), 0.99);
    tail = fmt::format("{:3.0f} %  {} of about {} rows", share * 100, progress.rows,
                       progress.rows_estimated);
  } else {
    tail = fmt::format("{} rows", progress.rows);
  }
  if (!progress.waits.empty()) {
    tail += "  " + progress.waits;
  } else if (progress.rows_per_s) {
    tail += fmt::format("  {:.0f}/s", *progress.rows_per_s);
    const auto left =
        static_cast<double>(progress.rows_estimated) - static_cast<double>(progress.rows);
    if (counted && left > 0 && *progress.rows_per_s > 0)
      tail += fmt::format("  {} left", duration_text(left / *progress.rows_per_s));
  }
  const auto taken = head.size() + tail.size() + 6;  // brackets, and two spaces on each side
  if (counted && taken + bar_width_min <= width)
    head += "  " + bar(share, std::min(width - taken, bar_width_max));
  return (head + "  " + tail).substr(0, width);
}

}  // namespace wakestream::app
