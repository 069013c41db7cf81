// A logical slot that is being made: it may take as long as the longest transaction that runs, and
// at a standby until the primary says which ones run. So it is begun, looked at now and then, and
// given up when it is destroyed.
//
// The session can do nothing else meanwhile. Single-threaded.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cdc/session/connection.h"

namespace wakestream::cdc {

struct NewSlot {
  std::string name;
  bool failover = false;  // 17 and later, on a primary
  // What was committed before the slot's consistent point can be read by other sessions, as long as
  // this one does nothing: its next statement ends that. On a primary.
  bool exports_snapshot = false;
};

struct MadeSlot {
  Lsn consistent_point;
  std::string snapshot;  // the exported one's name, for SET TRANSACTION SNAPSHOT; empty: none
};

class SlotCreation {
 public:
  // Sends the statement. `session` outlives the creation.
  static Result<std::unique_ptr<SlotCreation>> begin(PGconn* session, const SessionOptions& options,
                                                     const NewSlot& slot);
  // Tells the server to give up what is not done yet, and waits for that at most two seconds: it
  // would not notice that nobody waits for the slot any more.
  ~SlotCreation();
  SlotCreation(const SlotCreation&) = delete;
  SlotCreation& operator=(const SlotCreation&) = delete;

  // Readable when look() may have something new.
  int socket() const { return PQsocket(session_); }
  // The slot when it is made, nothing while it is not. Never waits.
  Result<std::optional<MadeSlot>> look();
  // A sentence's end: "the transaction of pid 4711 (psql, for 00:03:12) to end". Asks the server on
  // another connection; an error when that does not answer in two seconds.
  Result<std::string> waits_for();

 private:
  SlotCreation(PGconn* session, SessionOptions options, std::string doing)
      : session_(session), options_(std::move(options)), doing_(std::move(doing)) {}
  Result<PGconn*> beside(int interrupt_fd);

  PGconn* session_;
  SessionOptions options_;
  std::string doing_;
  ConnectionPtr beside_;
  bool done_ = false;
};

}  // namespace wakestream::cdc
