#include "app/slot_notice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "app/status/amounts.h"

namespace wakestream::app {

namespace {
constexpr std::chrono::seconds pause{10};
}

SlotNotice::SlotNotice(Logger& logger, Options options)
    : logger_(logger), options_(std::move(options)), thread_([this] { run(); }) {}

SlotNotice::~SlotNotice() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SlotNotice::saw(const capture::CaptureFacts& facts) {
  const std::lock_guard lock(mutex_);
  if (facts.state == capture::State::streaming) {
    away_since_.reset();
  } else if (!away_since_) {
    away_since_ = Clock::now();
    changed_.notify_all();
  }
}

void SlotNotice::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || away_since_.has_value(); });
    if (changed_.wait_for(lock, pause, [this] { return ends_ || !away_since_; })) {
      if (ends_) return;
      said_bytes_ = 0;
      continue;
    }
    lock.unlock();
    const auto slot = ask();
    lock.lock();
    if (slot && away_since_ && !ends_) tell(*slot);
  }
}

std::optional<cdc::WatchedSlot> SlotNotice::ask() const {
  const auto reader = cdc::SourceReader::connect(options_.session);
  if (!reader) return std::nullopt;
  auto facts = (*reader)->read(options_.slot, options_.lease_key);
  if (!facts) return std::nullopt;
  return std::move(facts->slot);
}

void SlotNotice::tell(const cdc::WatchedSlot& slot) {
  if (slot.active || slot.kept_wal_bytes < 2 * said_bytes_) return;
  said_bytes_ = std::max<std::int64_t>(1, slot.kept_wal_bytes);
  std::vector<std::pair<std::string, std::string>> fields{
      {"kept_wal_bytes", std::to_string(slot.kept_wal_bytes)}};
  std::string left = "there is no limit but its disk (max_slot_wal_keep_size)";
  if (slot.safe_wal_bytes) {
    const auto safe = std::max<std::int64_t>(0, *slot.safe_wal_bytes);
    left = fmt::format("the slot may be lost after {} more (max_slot_wal_keep_size)",
                       bytes_text(static_cast<double>(safe)));
    fields.emplace_back("safe_wal_bytes", std::to_string(safe));
  }
  logger_.log(
      Logger::Level::warning, "slot_keeps_wal",
      fmt::format("PostgreSQL keeps {} of WAL for slot \"{}\", which nobody reads; {}",
                  bytes_text(static_cast<double>(slot.kept_wal_bytes)), options_.slot, left),
      fields);
}

}  // namespace wakestream::app
