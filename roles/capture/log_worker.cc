#include "roles/capture/log_worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "roles/capture/failpoint.h"

namespace wakestream::capture {

LogWorker::LogWorker(log::EventLog& event_log, const Topics& topics, Options options)
    : log_(event_log),
      options_(std::move(options)),
      store_(event_log, topics, options_.store),
      wakeup_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

LogWorker::~LogWorker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  posted_.notify_one();
  thread_.join();
  writer_.reset();
  close(wakeup_fd_);
}

void LogWorker::post(Operation operation) {
  {
    const std::lock_guard lock(mutex_);
    operation_ = std::move(operation);
  }
  posted_.notify_one();
}

std::optional<Input> LogWorker::take_answer() {
  const std::lock_guard lock(mutex_);
  if (!answer_) return std::nullopt;
  eventfd_t count = 0;
  eventfd_read(wakeup_fd_, &count);
  return std::exchange(answer_, std::nullopt);
}

void LogWorker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    posted_.wait(lock, [this] { return ends_ || operation_.has_value(); });
    if (ends_) return;
    const auto operation = *std::exchange(operation_, std::nullopt);
    lock.unlock();
    auto answer = carry_out(operation);
    lock.lock();
    answer_ = std::move(answer);
    eventfd_write(wakeup_fd_, 1);
  }
}

Input LogWorker::carry_out(const Operation& operation) {
  if (const auto* read = std::get_if<action::ReadCheckpoint>(&operation))
    return read_checkpoint(*read);
  if (const auto* batch = std::get_if<WriteBatch>(&operation)) return write(*batch);
  if (std::holds_alternative<action::OpenWriter>(operation)) return open_writer();
  writer_.reset();
  return input::WriterClosed{};
}

bool LogWorker::goes_on() {
  const std::lock_guard lock(mutex_);
  return !ends_;
}

Input LogWorker::read_checkpoint(const action::ReadCheckpoint& what) {
  auto answer = store_.read(what.settled);
  if (!answer) return input::LogFailed{std::move(answer.error())};
  if (what.with_context && options_.read_context) {
    if (auto failed = options_.read_context(what, *answer, [this] { return goes_on(); }))
      return std::move(*failed);
  }
  return std::move(*answer);
}

Input LogWorker::open_writer() {
  log::WriterOptions options;
  options.name = "capture";
  options.incarnation = to_string(options_.incarnation);
  options.open_deadline = options_.store.deadline;
  options.transaction_deadline = options_.store.deadline;
  auto writer = log_.open_writer(options);
  if (!writer) return input::LogFailed{writer.error()};
  writer_ = std::move(*writer);
  return input::WriterOpened{};
}

Input LogWorker::write(const WriteBatch& batch) {
  if (batch.timeline_probe) {
    const auto timeline = batch.timeline_probe->ask();
    if (!timeline) return input::NotWritten{0, timeline.error().message};
    if (*timeline != batch.checkpoint.timeline) return input::NotWritten{*timeline, {}};
  }
  failpoint("begin_before");
  if (auto begun = writer_->begin(); !begun) return input::InDoubt{begun.error()};
  failpoint("begin_after");
  if (auto produced = produce_all(batch); !produced) return input::InDoubt{produced.error()};
  failpoint("checkpoint_before");
  if (auto put = store_.put(*writer_, batch.checkpoint); !put) return input::InDoubt{put.error()};
  failpoint("checkpoint_after");
  failpoint("commit_before");
  if (auto committed = writer_->commit({}); !committed) return input::InDoubt{committed.error()};
  failpoint("commit_after");
  return input::Committed{};
}

log::Result<void> LogWorker::produce_all(const WriteBatch& batch) {
  if (batch.records == nullptr) return {};
  if (batch.records->size() > 0) failpoint("produce_before");
  std::string headers;
  for (std::size_t index = 0; index < batch.records->size(); ++index) {
    auto record = batch.records->at(index);
    if (batch.split_part > 0) {
      headers = record.headers;
      log::HeaderWriter(headers).add("ce_split", std::to_string(batch.split_part));
      record.headers = headers;
    }
    if (auto produced = writer_->produce(record); !produced) return produced;
    if (index == batch.records->size() / 2) failpoint("produce_after");
  }
  return {};
}

}  // namespace wakestream::capture
