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
        data(attempt.data) {}

  // Valid as long as this.
  Attempt view() const { return {ticket, webhook_id, type, source, subject, time, sequence, data}; }

  std::uint64_t ticket;
  std::string webhook_id, type, source, subject, time, sequence, data;
};

}  // namespace wakestream::emitters
