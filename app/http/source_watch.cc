#include "app/http/source_watch.h"

#include <utility>

namespace wakestream::app {

SourceWatch::SourceWatch(Options options)
    : options_(std::move(options)), thread_([this] { run(); }) {}

SourceWatch::~SourceWatch() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ends_changed_.notify_all();
  thread_.join();
}

SourceView SourceWatch::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void SourceWatch::run() {
  std::unique_ptr<cdc::SourceReader> reader;
  std::unique_lock lock(mutex_);
  while (!ends_) {
    lock.unlock();
    ask(reader);
    lock.lock();
    ends_changed_.wait_for(lock, options_.pause, [this] { return ends_; });
  }
}

void SourceWatch::ask(std::unique_ptr<cdc::SourceReader>& reader) {
  cdc::Result<cdc::SourceFacts> answer =
      tl::make_unexpected(cdc::Error{cdc::ErrorKind::connection_failed, {}, {}});
  if (!reader) {
    auto connected = cdc::SourceReader::connect(options_.session);
    if (connected) reader = std::move(*connected);
    if (!connected) answer = tl::make_unexpected(connected.error());
  }
  if (reader) answer = reader->read(options_.slot, options_.lease_key);
  if (!answer) reader.reset();
  const std::lock_guard lock(mutex_);
  view_.answers = answer.has_value();
  view_.problem = answer ? std::string() : answer.error().message;
  if (!answer) return;
  view_.history.add(answer->at_ms, answer->wal_end);
  view_.facts = std::move(*answer);
}

}  // namespace wakestream::app
