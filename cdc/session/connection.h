// A libpq connection with deadlines: every statement is sent without blocking and waited for within
// a time that the caller gives. What replication adds to it is in replication_session.h.
//
// Source: PostgreSQL documentation, "libpq: Asynchronous Command Processing".
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "cdc/error.h"
#include "cdc/session/conninfo.h"
#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

struct ConnectionEnd {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionPtr = std::unique_ptr<PGconn, ConnectionEnd>;
using ResultPtr = std::unique_ptr<PGresult, ConnectionEnd>;

// Connects with replication=database and the session settings that the text forms of values hang
// on.
Result<ConnectionPtr> connect_for_replication(const SessionOptions& options);

// An ordinary connection with the same settings: for whoever reads the catalogue and may have no
// right to replicate.
Result<ConnectionPtr> connect_for_queries(const SessionOptions& options);

// With exactly these parameters, and only until the TLS handshake is over: nothing has been sent
// behind it, and no session exists. For whoever asks who the server is.
Result<ConnectionPtr> connect_as_far_as_tls(const ConninfoParameters& parameters,
                                            const SessionOptions& options);

// How long a statement is waited for, and what ends the waiting before (see SessionOptions).
struct Patience {
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a time alone is enough
  Patience(std::chrono::milliseconds timeout_in, int interrupt_fd_in = -1)
      : timeout(timeout_in), interrupt_fd(interrupt_fd_in) {}
  std::chrono::milliseconds timeout;
  int interrupt_fd;
};

// Runs one statement of the simple protocol (a replication connection knows no other) and returns
// its last result. An error when it is not a success, or when `patience` is over: the connection is
// then of no further use.
Result<ResultPtr> execute(PGconn* connection, const std::string& statement, std::string_view doing,
                          Patience patience);

// Until the socket can be read (or written); an error when that does not happen by `deadline`, or
// `patience` is interrupted.
Result<void> await_socket(PGconn* connection, bool to_write,
                          std::chrono::steady_clock::time_point deadline, Patience patience,
                          std::string_view doing);

std::string quote_literal(PGconn* connection, const std::string& text);
std::string quote_identifier(PGconn* connection, const std::string& name);

// Waits until the socket can be read (or written), at most `wait`. False when it could not in that
// time.
bool wait_for_socket(PGconn* connection, bool to_write, std::chrono::milliseconds wait);

// The flush position of a primary, the replay position of a standby.
inline constexpr const char* wal_end_sql =
    "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() "
    "END";

// Why a slot is lost, by PostgreSQL's name, or NULL; over to_jsonb of its row in
// pg_replication_slots as `facts`, because invalidation_reason came with 17, and conflicting
// with 16.
inline constexpr const char* slot_invalidation_column =
    "coalesce(facts ->> 'invalidation_reason', "
    "CASE WHEN (facts ->> 'conflicting')::boolean THEN 'conflict' END)";

// What ServerInstance::started_at is, as a column.
inline constexpr const char* server_start_column = "pg_postmaster_start_time()";
// The server that the connection has.
ServerInstance instance_at(const PGconn* connection, std::string started_at);

// "NULL" as an empty string.
std::string cell(const PGresult* result, int row, int column);

}  // namespace wakestream::cdc
