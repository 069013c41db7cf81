// What a server says of one slot and of its own log, for whoever watches a pipeline: facts without
// a judgement, cheap enough to be asked for every few seconds, whatever the number of tables.
//
// Asked on a connection of its own, because the one that streams can ask nothing. PostgreSQL 15 to
// 18; a primary or a standby. What the connected role may not see is left out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

// A physical slot that synchronized_standby_slots names: logical failover slots wait for it.
struct StandbySlot {
  std::string name;
  bool exists = false;
  bool active = false;
  Lsn restart_lsn;  // what its standby has
};

struct WatchedSlot {
  bool active = false;
  int active_pid = 0;
  // What its walsender waits for, by PostgreSQL's name; empty when it works or may not be seen.
  std::string wait_event;
  Lsn restart_lsn;
  Lsn confirmed_flush_lsn;
  std::string wal_status;  // reserved, extended, unreserved, lost
  std::int64_t kept_wal_bytes = 0;
  std::optional<std::int64_t> safe_wal_bytes;  // left before it is lost; nothing: no limit is set
  bool failover = false;                       // 17 and later
  std::string invalidation;  // why it is lost, by PostgreSQL's name; empty where that is not said
  bool synced = false;       // a standby's copy of its primary's slot
  bool temporary = false;
};

struct SourceFacts {
  std::int64_t at_ms = 0;  // when it answered, by this machine's clock
  int version_num = 0;
  bool in_recovery = false;
  Lsn wal_end;  // flushed (a standby: replayed)
  std::string lease_holder;
  std::optional<WatchedSlot> slot;
  std::vector<StandbySlot> standby_slots;  // 17 and later
  // How much log the server has written since when: its rate in the long run.
  double wal_bytes = 0;
  double wal_seconds = 0;
};

class SourceReader {
 public:
  static Result<std::unique_ptr<SourceReader>> connect(const SessionOptions& options);
  ~SourceReader();
  SourceReader(const SourceReader&) = delete;
  SourceReader& operator=(const SourceReader&) = delete;

  // After an error it must be thrown away.
  Result<SourceFacts> read(const std::string& slot, std::int64_t lease_key);

 private:
  SourceReader();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakestream::cdc
