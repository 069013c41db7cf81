// The capture role's side towards PostgreSQL: carries the machine's requests out on one replication
// session, one at a time, and says what came of each in the machine's words. Decides nothing.
//
// Each call waits at most the session's timeout. One thread; but the probe that it hands out is for
// the thread that writes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdc/session/replication_session.h"
#include "cdc/session/slot_creation.h"
#include "cdc/session/timeline_probe.h"
#include "mapping/context_rule.h"
#include "mapping/rule_set.h"
#include "roles/capture/input.h"

namespace wakestream::capture {

class SourceSession {
 public:
  struct Options {
    cdc::SessionOptions session;
    std::string publication;
    std::string pipeline;
    std::string slot;
    bool slot_failover = false;
    bool messages = false;  // logical messages are asked for
  };

  explicit SourceSession(Options options) : options_(std::move(options)) {}

  // What is answered: the Input that the action of the same name asks for, or PostgresFailed.
  Input connect(std::vector<int> wakeup_fds);  // see ReplicationSession::set_wakeup_fds
  Input try_lease();
  Input identify();
  Input find_slot();
  Input drop_slot();
  // Nothing: it is begun, and created_slot() has the answer some time after slot_fd() became
  // readable.
  std::optional<Input> create_slot(bool exports_snapshot);
  std::optional<Input> created_slot();
  int slot_fd() const { return creation_ ? creation_->socket() : -1; }
  Input explain_slot();
  // `context` is the account context's rule; null: there is none.
  Input check_rules(const mapping::RuleSet& rules, const mapping::ContextRule* context);
  Input read_history(std::uint32_t timeline);
  Input start_stream(cdc::Lsn from);
  void disconnect();
  // That the last connection led to.
  const cdc::ServerInstance& server() const { return server_; }

  // For a write that asks for the timeline: made with the first one, before the session streams,
  // and the same until the session ends. Shared, because the writing thread may still hold it then.
  cdc::Result<std::shared_ptr<cdc::TimelineProbe>> timeline_probe();

  // Of a session that streams.
  cdc::Result<cdc::Received> receive(std::chrono::milliseconds wait) {
    return session_->receive(wait);
  }
  cdc::Result<void> send_feedback(cdc::Lsn flushed, bool reply_requested) {
    return session_->send_feedback(flushed, reply_requested);
  }

 private:
  Options options_;
  std::unique_ptr<cdc::ReplicationSession> session_;
  cdc::ServerInstance server_;
  int lease_pid_ = 0;                            // the backend that was last given the lease for us
  std::unique_ptr<cdc::SlotCreation> creation_;  // ends before its session
  std::shared_ptr<cdc::TimelineProbe> probe_;
};

}  // namespace wakestream::capture
