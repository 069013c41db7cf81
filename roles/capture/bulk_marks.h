// Which changes are part of a bulk change (a backfill, a load), by what their transaction says of
// itself: pure.
//
//   origins          it comes from one of these replication origins: all of its rows
//   message_prefix   it has a logical message of this prefix (pg_logical_emit_message(true, prefix,
//                    name)): the rows behind that message, to the end of the transaction
//
// Those in front of a message are not held back until it may come: memory does not grow with a
// transaction. Messages of other prefixes are other applications' own.
//
// The mark is a name: the origin's; the message's content where it is a name (1 to 64 letters,
// digits, '.', '-' and '_'), else the prefix. So no value that somebody wrote into a message
// becomes a header.
#pragma once

#include <set>
#include <string>

#include "cdc/stream/transaction_stream.h"

namespace wakestream::capture {

struct BulkSettings {
  std::set<std::string, std::less<>> origins;
  std::string message_prefix;  // empty: messages are not asked for
};

class BulkMarks {
 public:
  explicit BulkMarks(BulkSettings settings) : settings_(std::move(settings)) {}

  // Each item of the stream in its order, but for rows, which may be left out. The mark from then
  // on.
  const std::string& saw(const cdc::StreamItem& item);
  // Of the rows that come next; empty: they are no part of one.
  const std::string& mark() const { return mark_; }

 private:
  BulkSettings settings_;
  std::string mark_;
};

}  // namespace wakestream::capture
