// Where a reader stands, for whoever reads up to an end that was asked before.
//
// `at_end` is of one moment. On Kafka it may never be true while others write without a pause: each
// answer of the broker has something new. The embedded log's readers need none of this, since each
// of their batches is read in one transaction.
#pragma once

#include <cstdint>
#include <vector>

#include "log/event_log.h"

namespace wakestream::log {

class PositionedReader : public Reader {
 public:
  // Of each partition an offset: everything that was committed before it has been handed over. Of
  // one that is left out it is behind all that there can be.
  virtual std::vector<std::int64_t> positions() const = 0;
};

// Has everything been handed over that was committed when these ends were asked for
// (EventLog::end_offsets)? Asks no broker.
bool has_passed(Reader& reader, const std::vector<std::int64_t>& ends);

}  // namespace wakestream::log
