// One replication connection to PostgreSQL: libpq in, WAL bytes and keepalives out.
//
// The connection is opened with replication=database, so the same session runs plain SQL (before
// streaming) and then streams. That is what makes the lease work: the advisory lock and the stream
// live and die together.
//
// A session has two lives. Until start_streaming every call blocks, each within `timeout`. From
// then on only receive, send_feedback and stop_streaming may be called, and receive is the only one
// that waits. An error of kind connection_failed ends the session: destroy it and connect anew,
// after a pause that the caller chooses.
//
// Single-threaded. Owns its socket; the destructor closes it (and with it the lease) without
// waiting.
//
// Sources: PostgreSQL documentation, "Streaming Replication Protocol", "Logical Streaming
// Replication Protocol", "libpq: Functions Associated with the COPY Command".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cdc/error.h"
#include "cdc/relation.h"
#include "cdc/session/server_instance.h"

namespace wakestream::cdc {

struct SessionOptions {
  // A libpq connection string or URI, without `replication` and `dbname` overrides by us. May hold
  // a password: never shown in an error.
  std::string conninfo;
  // When set, asked for the conninfo at each connection: a password may have changed. By any thread
  // that connects.
  std::function<std::string()> conninfo_now{};
  std::string application_name = "wakestream";
  std::chrono::milliseconds timeout{
      10'000};  // for connecting, and for each statement before streaming
  // A descriptor (not owned) that ends connecting, or a statement before streaming, with an error
  // of kind connection_failed when it becomes readable.
  int interrupt_fd = -1;
  // Of the servers that the conninfo leads to this one alone, by its place; whether it is the same
  // run of it is for the caller to see.
  std::optional<ServerInstance> only{};
};

// Which server is this? Two servers of one cluster (a primary and its standby) share the system
// identifier, so the address is part of it.
struct ServerIdentity {
  std::uint64_t system_identifier = 0;
  std::uint32_t timeline = 0;
  Lsn wal_end;          // the flush position (primary) or replay position (standby) when asked
  std::string address;  // "host:port" as the server sees itself, or the socket's path; stable
                        // across a restart
  std::string database;
  bool in_recovery = false;
  int version_num = 0;  // 150007
  std::string wal_level;
  std::chrono::milliseconds wal_sender_timeout{60'000};  // 0 when switched off
  ServerInstance instance;
};

struct SlotState {
  std::string plugin;
  std::string database;
  bool active = false;
  int active_pid = 0;
  bool lost = false;         // wal_status = lost, or invalidated
  std::string invalidation;  // why: wal_removed, rows_removed, wal_level_insufficient,
                             // idle_timeout; "conflict" from 16; empty where it is not said
  bool synced = false;       // a standby's copy of its primary's (17 and later)
  Lsn confirmed_flush_lsn;
  Lsn restart_lsn;
  bool two_phase = false;
};

// One line of a timeline history file: timeline `id` was left at `switch_point` for the next one.
struct TimelineSwitch {
  std::uint32_t id = 0;
  Lsn switch_point;
};

// A table that holds rows of a partitioned one that is published as a whole. The WAL has its old
// rows by its own replica identity, though the stream shows that of the whole.
struct PublishedPart {
  std::string schema;
  std::string name;
  char replica_identity = 'd';
  std::vector<std::string> identity_columns;  // empty for FULL: all
};

// A table that a publication holds, with what a rule must know before the first row comes.
struct PublishedTable {
  std::string schema;
  std::string name;
  char replica_identity = 'd';
  bool replica_identity_usable = true;    // false: UPDATE and DELETE would fail or carry no key
  std::vector<std::string> columns;       // the published columns
  std::vector<std::string> column_types;  // format_type() of each
  std::vector<std::uint32_t> column_type_oids;
  std::vector<std::string> identity_columns;  // the columns of the old row that are sent
  bool publishes_insert = true, publishes_update = true, publishes_delete = true,
       publishes_truncate = true;
  bool has_row_filter = false;
  std::vector<PublishedPart> parts;  // of a partitioned table
};

// The table as the stream would describe it; without an id.
Relation relation_of(const PublishedTable& table);
// A partition as the stream describes it, with the columns of its whole.
Relation relation_of(const PublishedPart& part, const Relation& whole);

// What the stream hands over. `payload` is valid until the next receive.
struct WalData {
  Lsn wal_start;
  Lsn wal_end;  // the server's current end of WAL, for the lag
  std::string_view payload;
};
struct Keepalive {
  Lsn wal_end;  // everything before it has been decoded and, if it concerned us, sent
  bool reply_requested = false;
};
struct Quiet {};  // nothing came within the wait
using Received = std::variant<Quiet, WalData, Keepalive>;

class SlotCreation;
struct NewSlot;

class ReplicationSession {
 public:
  static Result<std::unique_ptr<ReplicationSession>> connect(const SessionOptions& options);
  ~ReplicationSession();
  ReplicationSession(const ReplicationSession&) = delete;
  ReplicationSession& operator=(const ReplicationSession&) = delete;

  // The server's process that serves this session.
  int backend_pid() const;
  Result<ServerIdentity> identify();
  // The flush position (primary) or replay position (standby) now.
  Result<Lsn> wal_end();

  // pg_try_advisory_lock: true when the lease on `key` is held by this session now. Never waits for
  // the holder (waiting inside pg_advisory_lock would hold back vacuum).
  Result<bool> try_lease(std::int64_t key);
  // Who holds the lease on `key`, for a person: "pid 4711 from 10.0.0.3 since ...", or empty when
  // nobody (visible) does.
  Result<std::string> lease_holder(std::int64_t key);

  Result<std::optional<SlotState>> find_slot(const std::string& name);
  // Begins to make a permanent logical slot for pgoutput, without two_phase. Streaming from its
  // consistent point gives every transaction that commits behind it. The creation must end before
  // the session does.
  Result<std::unique_ptr<SlotCreation>> create_slot(const NewSlot& slot);
  // A slot that ends with this session. `copy_of`: begin where that slot stands, else at the
  // present.
  Result<Lsn> create_temporary_slot(const std::string& name, const std::string& copy_of = {});
  Result<void> drop_slot(const std::string& name);
  Result<std::vector<TimelineSwitch>> timeline_history(std::uint32_t timeline);
  // Every table of a publication; an error of kind publication_missing when there is none of that
  // name.
  Result<std::vector<PublishedTable>> published_tables(const std::string& publication);

  // START_REPLICATION with pgoutput, protocol version 1. `from` may be 0/0: the slot's confirmed
  // position. `messages`: logical messages come too, of every application.
  Result<void> start_streaming(const std::string& slot, const std::string& publication, Lsn from,
                               bool messages = false);

  // Descriptors (at most four, not owned) that end the waiting in receive when they become
  // readable. Set before streaming.
  void set_wakeup_fds(std::vector<int> fds);

  // The next message, waiting for at most `wait`. While there is a backlog it lets the socket fill
  // before it reads (see docs/adr): the server is woken less often and sends faster.
  Result<Received> receive(std::chrono::milliseconds wait);

  // A standby status update: everything before `flushed` may be forgotten. Also the lease's ping:
  // with `reply_requested` the server answers by a Keepalive as soon as it reads this. Does not
  // block: what the socket does not take is sent by the next receive.
  Result<void> send_feedback(Lsn flushed, bool reply_requested);

  // Ends COPY mode in good order and waits for the server's answer within `timeout`; afterwards SQL
  // works again.
  Result<void> stop_streaming();

 private:
  ReplicationSession();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakestream::cdc
