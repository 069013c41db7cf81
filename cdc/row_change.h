// One change of one row, as PostgreSQL sent it; or one row as a snapshot read it.
//
// Everything here is a view into the stream's buffers and is valid until the next message is
// pushed. Whoever wants to keep something copies it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cdc/lsn.h"
#include "cdc/relation.h"

namespace wakestream::cdc {

// Three things, and none may stand in for another: SQL NULL, a value in PostgreSQL's text form, and
// a value that PostgreSQL did not send: an unchanged TOAST value, or any column that a key-only old
// row leaves out.
struct Value {
  enum class Kind : std::uint8_t { null, text, not_sent };
  Kind kind = Kind::not_sent;
  std::string_view text;  // only with Kind::text

  static constexpr Value null() { return {Kind::null, {}}; }
  static constexpr Value not_sent() { return {Kind::not_sent, {}}; }
  static constexpr Value of(std::string_view text) { return {Kind::text, text}; }
};

// What the stream says of a row, and `snapshot`: no change, but a row that a snapshot found as it
// is
// (`after` alone).
enum class Operation : std::uint8_t { insert, update, remove, truncate, snapshot };

// How much of the old row the table's replica identity let PostgreSQL send.
enum class OldRow : std::uint8_t {
  absent,    // an insert; or an update by REPLICA IDENTITY DEFAULT that left the key alone
  key_only,  // the key's columns; all others are Value::Kind::not_sent
  full,      // REPLICA IDENTITY FULL
};

// `before` and `after` hold one value for each of the relation's columns, in its order, or none
// when there is no such row. An unchanged TOAST value of `after` is already filled in from a full
// `before`; where it is still not_sent, PostgreSQL did not say.
struct RowChange {
  Operation operation = Operation::insert;
  const Relation* relation = nullptr;  // never null
  OldRow old_row = OldRow::absent;
  std::span<const Value> before;
  std::span<const Value> after;
  // 1 for the first row change of its transaction, as received, whatever becomes of it later. A
  // TRUNCATE of several tables is one change as received: its parts share one ordinal.
  std::uint64_t ordinal = 0;
  Lsn lsn;  // the change's own WAL position; not unique, and not in commit order
};

}  // namespace wakestream::cdc
