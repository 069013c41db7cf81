// What an operator's decision about a checkpoint costs, in plain words and in positions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cdc/lsn.h"

namespace wakestream::capture {

struct Consequence {
  enum class Kind : std::uint8_t {
    lost,      // commits whose events are not in the log and will not be
    repeated,  // commits whose events are in the log and come again
    stands,    // events in the log that the server knows nothing of
    changed,   // what else is different from then on
  };
  Kind kind = Kind::changed;
  // The commits that it concerns, where they are known: from `from` to before `to`. 0/0: not known,
  // or up to what the sentence says.
  cdc::Lsn from;
  cdc::Lsn to;
  std::string sentence;
};

std::string_view to_string(Consequence::Kind kind);

}  // namespace wakestream::capture
