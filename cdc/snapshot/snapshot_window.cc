#include "cdc/snapshot/snapshot_window.h"

#include <algorithm>
#include <utility>

namespace wakestream::cdc {

void SnapshotWindow::restart() {
  ++period_;
  current_ = {};
  streamed_.clear();
  touch_count_ = 0;
  suspects_.reset();
  streamed_xids_.clear();
}

void SnapshotWindow::began(std::uint32_t xid, Lsn commit_lsn) {
  current_.xid = xid;
  current_.commit_lsn = commit_lsn;
  current_.keys.clear();
}

void SnapshotWindow::touched(std::uint64_t key) {
  // One row is often touched several times in a row.
  if (!current_.keys.empty() && current_.keys.back() == key) return;
  if (touch_count_ + current_.keys.size() < touches_max) return current_.keys.push_back(key);
  const auto xid = current_.xid;
  const auto commit_lsn = current_.commit_lsn;
  restart();
  began(xid, commit_lsn);
}

void SnapshotWindow::ended() {
  if (!suspects_ && streamed_xids_.size() >= touches_max) restart();
  streamed(current_.xid);
  if (current_.keys.empty()) return;
  touch_count_ += current_.keys.size();
  streamed_.push_back(std::exchange(current_, {}));
}

void SnapshotWindow::streamed(std::uint32_t xid) {
  if (!suspects_) {
    streamed_xids_.insert(xid);
  } else {
    std::erase_if(*suspects_,
                  [xid](std::uint64_t one) { return static_cast<std::uint32_t>(one) == xid; });
  }
}

std::vector<std::uint64_t> SnapshotWindow::judge(const ChunkSight& sight) {
  std::erase_if(streamed_, [&](const Transaction& transaction) {
    if (!sees(sight, transaction)) return false;
    touch_count_ -= transaction.keys.size();
    return true;
  });
  if (!sight.snapshot) return {};
  const auto& running = sight.snapshot->in_progress;
  if (!suspects_) {
    suspects_.emplace();
    for (const auto xid : running)
      if (!streamed_xids_.contains(static_cast<std::uint32_t>(xid))) suspects_->push_back(xid);
    streamed_xids_.clear();
  } else {
    std::erase_if(*suspects_, [&](std::uint64_t xid) {
      return !std::binary_search(running.begin(), running.end(), xid);
    });
  }
  return *suspects_;
}

std::unordered_set<std::uint64_t> SnapshotWindow::leaving(const ChunkSight& sight) const {
  std::unordered_set<std::uint64_t> keys;
  for (const auto& transaction : streamed_)
    if (!sees(sight, transaction)) keys.insert(transaction.keys.begin(), transaction.keys.end());
  return keys;
}

bool SnapshotWindow::sees(const ChunkSight& sight, const Transaction& transaction) {
  if (!sight.snapshot) return transaction.commit_lsn < sight.low;
  return sight.snapshot->sees(extend_xid(transaction.xid, sight.snapshot->xmax));
}

}  // namespace wakestream::cdc
