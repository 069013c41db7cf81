#include "cdc/snapshot/snapshot_window.h"

#include <algorithm>
#include <utility>

namespace wakestream::cdc {

namespace {

// What a note costs beside its values.
constexpr std::size_t image_overhead = sizeof(RowImage) + 64;

std::size_t bytes_of(const RowImage& image) {
  return image.row.byte_count() + image_overhead + image.relation->columns.size() * 8;
}

}  // namespace

void SnapshotWindow::restart() {
  ++period_;
  touches_.clear();
  image_bytes_ = 0;
  relations_.clear();
  narrow_ = false;
  keys_.clear();
  suspects_.reset();
  streamed_xids_.clear();
}

void SnapshotWindow::began(std::uint32_t xid, Lsn commit_lsn) {
  xid_ = xid;
  commit_lsn_ = commit_lsn;
}

void SnapshotWindow::ended() {
  if (suspects_) {
    std::erase_if(*suspects_,
                  [this](std::uint64_t one) { return static_cast<std::uint32_t>(one) == xid_; });
    return;
  }
  if (streamed_xids_.size() >= touches_max) restart();
  streamed_xids_.insert(xid_);
}

SnapshotWindow::Touch* SnapshotWindow::note(std::uint64_t key, KeyState::Kind kind) {
  if (narrow_ && !keys_.contains(key)) return nullptr;
  if (touches_.size() >= touches_max && !touches_.contains(key)) restart();
  auto& touch = touches_[key];
  forget_image(touch);
  touch.image.reset();
  touch.xid = xid_;
  touch.commit_lsn = commit_lsn_;
  touch.kind = kind;
  return &touch;
}

void SnapshotWindow::forget_image(const Touch& touch) {
  if (touch.image) image_bytes_ -= bytes_of(*touch.image);
}

void SnapshotWindow::is_gone(std::uint64_t key) { note(key, KeyState::Kind::gone); }
void SnapshotWindow::is_unknown(std::uint64_t key) { note(key, KeyState::Kind::unknown); }

void SnapshotWindow::is_row(std::uint64_t key, const Relation& relation,
                            std::span<const Value> row) {
  auto* touch = note(key, KeyState::Kind::unknown);
  if (touch == nullptr) return;
  auto image = std::make_unique<RowImage>(RowImage{shared(relation), RowBlock(row.size())});
  if (!image->row.add_row(row) || image_bytes_ + bytes_of(*image) > image_bytes_max) return;
  image_bytes_ += bytes_of(*image);
  touch->kind = KeyState::Kind::as_streamed;
  touch->image = std::move(image);
}

std::shared_ptr<const Relation> SnapshotWindow::shared(const Relation& relation) {
  auto& known = relations_[relation.id];
  if (!known || known->revision != relation.revision)
    known = std::make_shared<const Relation>(relation);
  return known;
}

std::vector<std::uint64_t> SnapshotWindow::judge(const ChunkSight& sight) {
  std::erase_if(touches_, [&](const auto& entry) {
    if (!sees(sight, entry.second)) return false;
    forget_image(entry.second);
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

KeyState SnapshotWindow::state_of(std::uint64_t key, const ChunkSight& sight) const {
  const auto found = touches_.find(key);
  if (found == touches_.end() || sees(sight, found->second)) return {};
  const auto& touch = found->second;
  const bool ran =
      sight.snapshot && extend_xid(touch.xid, sight.snapshot->xmax) < sight.snapshot->xmax;
  return {touch.kind, touch.image.get(), ran};
}

bool SnapshotWindow::is_crowded() const {
  return !narrow_ && (touches_.size() > touches_max / 2 || image_bytes_ > image_bytes_max / 2);
}

void SnapshotWindow::narrow(std::unordered_set<std::uint64_t> keys) {
  narrow_ = true;
  keys_ = std::move(keys);
  std::erase_if(touches_, [this](const auto& entry) {
    if (keys_.contains(entry.first)) return false;
    forget_image(entry.second);
    return true;
  });
}

bool SnapshotWindow::sees(const ChunkSight& sight, const Touch& touch) {
  if (!sight.snapshot) return touch.commit_lsn < sight.low;
  return sight.snapshot->sees(extend_xid(touch.xid, sight.snapshot->xmax));
}

}  // namespace wakestream::cdc
