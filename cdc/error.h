// What can go wrong between PostgreSQL's socket and a row change.
//
// An error is a value. Its kind says what happened, never what to do: that is decided in one place,
// by the role that runs the stream. Its message names the place (message, field, table, column,
// LSN) and never holds a cell's value.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "cdc/lsn.h"

namespace wakestream::cdc {

enum class ErrorKind {
  // What we were sent.
  malformed,  // a message that ends early, has bytes left over, or holds a value outside its format
  unknown_message,  // a message type that this program does not know
  inconsistent,  // well-formed messages that contradict each other: a row outside a transaction, a
                 // row that does not match its relation
  // The connection and what the server says of it.
  connection_failed,    // nobody answered, or it was cut: try again
  access_denied,        // password, pg_hba.conf, REPLICATION attribute, privilege
  wrong_database,       // the database does not exist, or the slot belongs to another one
  wal_level,            // wal_level is not logical
  no_free_slot,         // max_replication_slots or max_wal_senders is exhausted
  slot_missing,         // no slot of that name
  slot_active,          // another process streams from it
  slot_lost,            // the WAL that it needs is gone; restarting cannot help
  publication_missing,  // no publication of that name
  server_version,       // this server cannot do what is asked of it
  server_error,         // any other error of the server, in its own words
};

struct Error {
  ErrorKind kind;
  std::string message;
  Lsn lsn;  // where in the WAL; invalid when no place is known
};

template <class T>
using Result = tl::expected<T, Error>;

}  // namespace wakestream::cdc
