// The thread that talks to the event log, so that reading, mapping and feedback go on while a
// commit is on its way.
//
// One operation at a time: post it, and take its answer when the wakeup descriptor becomes
// readable. A batch that is posted belongs to the worker until then. The destructor waits for the
// operation that is running (each has a deadline) and closes the writer.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "cdc/session/timeline_probe.h"
#include "log/event_log.h"
#include "roles/capture/action.h"
#include "roles/capture/checkpoint_store.h"
#include "roles/capture/input.h"
#include "roles/capture/record_batch.h"

namespace wakestream::capture {

class LogWorker {
 public:
  struct Options {
    Incarnation incarnation;
    CheckpointStore::Options store;
    // What is read behind the checkpoint when that is asked for: the account context. Answers when
    // that fails.
    std::function<std::optional<Input>(const action::ReadCheckpoint&, const input::CheckpointRead&,
                                       const std::function<bool()>& goes_on)>
        read_context = {};
  };
  struct WriteBatch {
    const RecordBatch* records = nullptr;  // none: the checkpoint alone
    Checkpoint checkpoint;
    std::uint32_t split_part = 0;
    // Nothing is written unless the server says that it is on the checkpoint's timeline.
    std::shared_ptr<cdc::TimelineProbe> timeline_probe;
  };
  using Operation =
      std::variant<action::ReadCheckpoint, action::OpenWriter, action::CloseWriter, WriteBatch>;

  // `event_log` and `topics` outlive the worker.
  LogWorker(log::EventLog& event_log, const Topics& topics, Options options);
  ~LogWorker();
  LogWorker(const LogWorker&) = delete;
  LogWorker& operator=(const LogWorker&) = delete;

  void post(Operation operation);
  std::optional<Input> take_answer();
  // Readable while an answer waits.
  int wakeup_fd() const { return wakeup_fd_; }

 private:
  void run();
  Input carry_out(const Operation& operation);
  Input read_checkpoint(const action::ReadCheckpoint& what);
  bool goes_on();
  Input open_writer();
  Input write(const WriteBatch& batch);
  log::Result<void> produce_all(const WriteBatch& batch);

  log::EventLog& log_;
  Options options_;
  CheckpointStore store_;
  std::unique_ptr<log::Writer> writer_;

  std::mutex mutex_;
  std::condition_variable posted_;
  std::optional<Operation> operation_;
  std::optional<Input> answer_;
  bool ends_ = false;
  int wakeup_fd_ = -1;
  std::thread thread_;
};

}  // namespace wakestream::capture
