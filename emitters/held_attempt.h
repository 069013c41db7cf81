// An attempt with its texts, for whoever keeps it.
#pragma once

#include <string>

#include "emitters/emitter.h"

namespace wakestream::emitters {

struct HeldAttempt {
  explicit HeldAttempt(const Attempt& attempt)
      : ticket(attempt.ticket),
        webhook_id(attempt.webhook_id),
        type(attempt.type),
        source(attempt.source),
        subject(attempt.subject),
        time(attempt.time),
        sequence(attempt.sequence),
        data(attempt.data),
        begin_by_ms(attempt.begin_by_ms) {}

  // Valid as long as this.
  Attempt view() const {
    return {ticket, webhook_id, type, source, subject, time, sequence, data, begin_by_ms};
  }

  std::uint64_t ticket;
  std::string webhook_id, type, source, subject, time, sequence, data;
  std::int64_t begin_by_ms;
};

}  // namespace wakestream::emitters
