#include "app/retention_notice.h"

#include <fmt/format.h>

#include <utility>

namespace wakestream::app {

namespace {
constexpr std::chrono::minutes pause{10};
}

void RetentionNotice::take(const log::embedded::RetentionReport& report) {
  if (!report.failure.empty()) {
    return logger_.log(Logger::Level::warning, "retention_failed",
                       "retention removes nothing until this is mended: " + report.failure);
  }
  if (!report.held_by.empty()) {
    logger_.log(Logger::Level::warning, "retention_held",
                "records stay in the event log beyond its retention, because a reader has not read "
                "them; if it is gone for good: wakestream log forget-group",
                {{"reader", report.held_by},
                 {"topic", report.topic},
                 {"partition", std::to_string(report.partition)},
                 {"offset", std::to_string(report.held_from)}});
  }
  if (report.removed == 0) return;
  if (removed_) removed_(report.removed);
  unsaid_ += report.removed;
  const auto now = Clock::now();
  if (said_at_ != Clock::time_point() && now - said_at_ < pause) return;
  said_at_ = now;
  logger_.info("retention_removed", "retention removed old records from the event log",
               {{"count", std::to_string(std::exchange(unsaid_, 0))},
                {"topic", report.topic},
                {"first_kept", std::to_string(report.first_kept)}});
}

}  // namespace wakestream::app
