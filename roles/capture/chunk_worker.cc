#include "roles/capture/chunk_worker.h"

#include <unistd.h>

#include <utility>

#include "roles/capture/failpoint.h"

namespace wakestream::capture {

namespace {

using Clock = std::chrono::steady_clock;

// A table may change while a snapshot reads it; a query of a millisecond says how it is now.
constexpr std::chrono::seconds description_age_max{2};
constexpr std::chrono::seconds idle_max{30};

}  // namespace

ChunkWorker::ChunkWorker(Options options)
    : options_(std::move(options)),
      wakeup_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

ChunkWorker::~ChunkWorker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
  close(wakeup_fd_);
}

void ChunkWorker::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    ++wanted_;
    task_ = std::move(task);
    taken_.reset();
  }
  changed_.notify_one();
}

void ChunkWorker::drop() {
  {
    const std::lock_guard lock(mutex_);
    ++wanted_;
    task_.reset();
    taken_.reset();
    lets_go_ = true;
  }
  changed_.notify_one();
}

std::optional<ChunkWorker::Taken> ChunkWorker::take() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  eventfd_read(wakeup_fd_, &count);
  return std::exchange(taken_, std::nullopt);
}

void ChunkWorker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!changed_.wait_for(lock, idle_max, [this] { return ends_ || task_ || lets_go_; }))
      reader_.reset();
    if (ends_) return;
    if (std::exchange(lets_go_, false)) exported_.reset();
    if (!task_) continue;
    const auto number = wanted_;
    const auto task = *std::exchange(task_, std::nullopt);
    lock.unlock();
    auto taken = carry_out(task);
    lock.lock();
    if (number != wanted_) continue;
    taken_ = std::move(taken);
    eventfd_write(wakeup_fd_, 1);
  }
}

ChunkWorker::Taken ChunkWorker::carry_out(const Task& task) {
  failpoint("chunk_read_before");
  auto chunk = read(task);
  failpoint("chunk_read_after");
  if (!chunk) {
    reader_.reset();
    exported_.reset();
    table_.reset();
  }
  return {table_, std::move(chunk)};
}

cdc::SnapshotResult<cdc::Chunk> ChunkWorker::read_exported(const Task& task) {
  if (!exported_ || exported_name_ != task.exported) {
    exported_.reset();
    auto session = options_.session;
    session.only = task.server;
    auto opened =
        cdc::ExportedReader::open(session, task.exported, options_.publication, task.table);
    if (!opened) return tl::make_unexpected(opened.error());
    exported_ = std::move(*opened);
    exported_name_ = task.exported;
    describe_as(exported_->table());
  }
  cdc::Chunk chunk;
  chunk.read_at_us = exported_->read_at_us();
  if (task.range.rows_max == 0) return chunk;
  auto read = exported_->read(task.range.rows_max, task.range.bytes_max);
  if (!read) return tl::make_unexpected(read.error());
  chunk.rows = std::move(read->rows);
  chunk.reached_end = read->reached_end;
  if (chunk.reached_end) exported_.reset();
  return chunk;
}

// A relation of its own: the stream's has another number.
void ChunkWorker::describe_as(cdc::SnapshotTable table) {
  if (!table_ || !(table_->relation.columns == table.relation.columns)) ++revision_;
  table.relation.revision = revision_;
  table.relation.id = 1;
  table_ = std::make_shared<const cdc::SnapshotTable>(std::move(table));
}

cdc::SnapshotResult<cdc::Chunk> ChunkWorker::read(const Task& task) {
  if (!task.exported.empty()) return read_exported(task);
  if (!reader_ || server_ != task.server) {
    reader_.reset();
    table_.reset();
    auto session = options_.session;
    session.only = task.server;
    auto connected = cdc::ChunkReader::connect(session);
    if (!connected) return tl::make_unexpected(connected.error());
    reader_ = std::move(*connected);
    server_ = task.server;
  }
  if (!table_ || described_ != task.table || Clock::now() - described_at_ > description_age_max) {
    auto described = reader_->describe(options_.publication, task.table);
    if (!described) return tl::make_unexpected(described.error());
    describe_as(std::move(*described));
    described_ = task.table;
    described_at_ = Clock::now();
  }
  return reader_->read(*table_, task.range);
}

}  // namespace wakestream::capture
