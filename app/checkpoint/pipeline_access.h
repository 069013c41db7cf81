// A pipeline as a capture would take hold of it at its start: the server, the lease, the checkpoint
// in the log, the log's writer. For an operator's decision about the checkpoint, made while no
// capture runs.
//
// The same order protects both from each other: first the lease, then the writer, which ends every
// older one, and only then the reading that a decision is based on. Closing gives everything back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "app/config.h"
#include "cdc/session/replication_session.h"
#include "log/event_log.h"
#include "roles/capture/checkpoint_change.h"
#include "roles/capture/checkpoint_store.h"
#include "roles/capture/command.h"

namespace wakestream::app {

struct AccessRefusal {
  int exit_code = 0;
  std::string event;  // a stable name, for the log line
  std::string message;
};
template <class T>
using Access = tl::expected<T, AccessRefusal>;

class PipelineAccess {
 public:
  struct Options {
    bool changes = false;             // topics that are missing may be made
    bool unreadable_is_none = false;  // see CheckpointStore
  };
  // Connects to both sides. `config` outlives it.
  static Access<std::unique_ptr<PipelineAccess>> open(const Config& config, Options options);

  // What a start would find now.
  Access<capture::Situation> look(log::Settled settled);

  // Who runs it, for a person; empty when nobody does.
  std::string lease_holder();
  // An error while a capture holds the lease, or while one that reads another server wrote a moment
  // ago. `found`: as looked at just now.
  Access<void> take_lease(const capture::Situation& found);
  // From here on nobody else writes to the log in the capture's name.
  Access<void> take_writer();
  // The newest event of the log. Reads all of them.
  Access<std::optional<capture::NewestEvent>> newest_event();

  // One transaction of the log. After an error of kind in_doubt nobody knows: look again.
  Access<void> write(const capture::Checkpoint& checkpoint, const capture::Decision& decision);

  const capture::Settings& settings() const { return settings_; }

 private:
  PipelineAccess(const Config& config, Options options, std::unique_ptr<log::EventLog> event_log);
  Access<void> lease_of(const std::string& slot);

  const Config& config_;
  capture::Settings settings_;
  capture::Topics topics_;
  std::unique_ptr<log::EventLog> log_;
  capture::CheckpointStore store_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<cdc::ReplicationSession> session_;
  capture::input::Connected server_;
};

}  // namespace wakestream::app
