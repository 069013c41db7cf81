// From messages to transactions: who may follow whom, and which table a row belongs to.
//
//   push(Begin) push(Relation) push(Insert) ... push(Commit)
//     -> TransactionBegin, nothing, RowChange, ... TransactionCommit
//
// PostgreSQL sends whole transactions, one after another, in commit order (protocol version 1, no
// streaming of transactions in progress). This class hands each row change on as it comes and keeps
// none: its memory is the relation cache and one row. It checks what it is sent: a row outside a
// transaction, a commit that does not belong to the begin, a row of an unknown relation or with the
// wrong number of columns are errors, never skipped.
//
// Pure: no I/O, no clock. Not thread-safe; one owner. After an error it must be thrown away with
// its connection.
//
// Source: PostgreSQL documentation, "Logical Streaming Replication Protocol", "Logical Replication
// Message Formats".
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "cdc/error.h"
#include "cdc/row_change.h"

namespace wakestream::cdc {

struct TransactionBegin {
  Lsn commit_lsn;  // where its commit record starts: known from the first message on, and the order
                   // of transactions
  std::int64_t commit_time_us = 0;  // microseconds since the Unix epoch
  std::uint32_t xid = 0;
};

struct TransactionCommit {
  Lsn commit_lsn;
  Lsn end_lsn;  // just behind the commit record: what may be confirmed once this transaction is
                // durable
  std::int64_t commit_time_us = 0;
  std::uint64_t row_count = 0;  // row changes as received: the last ordinal
};

// TRUNCATE of one or more tables: one change as received (one ordinal), one RowChange a table, all
// valid until the next push.
struct Truncation {
  std::span<const RowChange> tables;
};

// Where the transaction comes from, when it was not made here: the name of a replication origin
// (pg_replication_origin_session_setup). Behind its begin, before its rows.
struct TransactionOrigin {
  std::string_view name;  // valid until the next push
};

// A logical message that is part of the transaction (pg_logical_emit_message(true, ...)): at its
// place among the rows. Comes only where messages were asked for.
struct TransactionMessage {
  std::string_view prefix;  // both valid until the next push
  std::string_view content;
};

// A message that says nothing of a transaction: Relation, Type, or a logical message that is not
// transactional.
struct Nothing {};

using StreamItem = std::variant<Nothing, TransactionBegin, TransactionOrigin, TransactionMessage,
                                RowChange, Truncation, TransactionCommit>;

class TransactionStream {
 public:
  TransactionStream();
  ~TransactionStream();
  TransactionStream(const TransactionStream&) = delete;
  TransactionStream& operator=(const TransactionStream&) = delete;

  // Takes the payload of one XLogData message and the WAL position that came with it. What is
  // returned may point into `payload` and into this object; it is valid until the next push.
  Result<StreamItem> push(Lsn wal_start, std::string_view payload);

  // Is a transaction begun whose commit has not come yet?
  bool in_transaction() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::cdc
