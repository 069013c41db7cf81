// Which events of the log a replay is about: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cdc/lsn.h"
#include "log/record.h"

namespace wakestream::deliver {

// An end of the range: where in PostgreSQL's log the event was committed, or when. Neither: none.
struct LogBound {
  std::optional<cdc::Lsn> lsn = {};
  std::int64_t ms = 0;  // wall clock; 0: none

  friend bool operator==(const LogBound&, const LogBound&) = default;
};

struct LogChoice {
  std::string account = {};  // empty: of every one
  std::string type = {};     // of event; empty: of every one
  LogBound since = {};       // both ends are inside
  LogBound until = {};

  friend bool operator==(const LogChoice&, const LogChoice&) = default;
};

enum class InRange : std::uint8_t { before, inside, behind };

// Account and type are not asked. An event that does not say where it was committed is outside of a
// range of LSNs.
InRange in_range(const LogChoice& choice, const log::StoredRecord& event);
bool takes(const LogChoice& choice, const log::StoredRecord& event);  // by account and type

}  // namespace wakestream::deliver
