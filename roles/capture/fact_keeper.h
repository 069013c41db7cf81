// Keeps the facts of a capture loop (capture_facts.h) by looking on: at each input that the machine
// gets and each action that it wants.
//
// The loop's thread alone calls it, and a row costs a few additions here: no lock, no allocation.
// Whoever watches gets a copy of the facts, on the loop's thread, when the state changes and at
// most a few times a second otherwise.
#pragma once

#include <functional>

#include "roles/capture/action.h"
#include "roles/capture/capture_facts.h"
#include "roles/capture/input.h"
#include "roles/capture/machine.h"
#include "roles/capture/record_batch.h"

namespace wakestream::capture {

class FactKeeper {
 public:
  using Watcher = std::function<void(const CaptureFacts&)>;

  // `machine` outlives it. Without a watcher nothing is published.
  FactKeeper(const Machine& machine, Watcher watcher)
      : machine_(machine), watcher_(std::move(watcher)) {}

  void saw(Time now, const Input& input);    // after the machine's step
  void saw(Time now, const Action& action);  // before it is carried out
  void saw_message(cdc::Lsn wal_start, std::size_t bytes) {
    ++facts_.messages;
    facts_.received_bytes += bytes;
    message_at_ = wal_start;
  }
  void saw_commit_time(std::int64_t commit_time_us) { commit_time_us_ = commit_time_us; }
  // The batch that was in flight is in the log.
  void saw_committed(const RecordBatch& batch);

  void publish_when_due(Time now) {
    if (watcher_ && (changed_ || now.mono_ms - published_ms_ >= publish_pause_ms)) publish(now);
  }
  void publish(Time now);

 private:
  static constexpr std::int64_t publish_pause_ms = 200;

  void advance(Time now, cdc::Lsn position);

  // By kind; what is not named changes no fact.
  template <class T>
  void note(Time, const T&) {}
  void note(Time now, const input::Connected&);
  void note(Time now, const input::PostgresFailed&);
  void note(Time now, const input::StreamStarted&);
  void note(Time now, const input::RowReceived&);
  void note(Time now, const input::Ended& what);
  void note(Time now, const input::KeptAlive& what);
  void note(Time now, const input::LogFailed&);
  void note(Time now, const input::Committed&);
  void note(Time now, const input::NotWritten&);
  void note(Time now, const input::InDoubt&);
  void note(Time now, const action::SendFeedback& what);
  void note(Time now, const action::Write& what);
  void note(Time now, const action::Say& what);

  // Once `through` is durable, `at_ms` may be said.
  struct Moment {
    cdc::Lsn through;
    std::int64_t at_ms = 0;
  };

  const Machine& machine_;
  Watcher watcher_;
  CaptureFacts facts_;
  bool changed_ = true;
  std::int64_t published_ms_ = 0;
  cdc::Lsn message_at_;
  std::int64_t commit_time_us_ = 0;
  // The newest commits of the stream (one may still wait for room), the one that the write on its
  // way covers, and the newest keepalive that was ahead of the log.
  Moment newest_, before_newest_, in_flight_, keepalive_;
  std::int64_t write_began_ms_ = 0;  // 0: none is on its way
};

}  // namespace wakestream::capture
