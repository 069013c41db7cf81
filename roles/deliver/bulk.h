// What is part of a bulk change, and how a consumer wants it: pure.
//
// An event is bulk where its record says so: ce_bulk (by its transaction, as
// roles/capture/bulk_marks.h has it, or by its rule, mapping/rule.h), or that it is a snapshot's
// row (ce_snapshot). What is urgent is never treated so, whatever it is part of.
#pragma once

#include <cstdint>

#include "log/record.h"

namespace wakestream::deliver {

enum class BulkTreatment : std::uint8_t {
  live,  // as any other event
  slow,  // in what live events leave, and a share that they never take from it (bulk_share.h)
  mute,  // not at all; that is on record
};

struct BulkSettings {
  BulkTreatment treatment = BulkTreatment::slow;
  double rate_per_s = 0;  // of slow: so many at most; 0: as many as there is room for
};

bool is_bulk(const log::StoredRecord& event);

}  // namespace wakestream::deliver
