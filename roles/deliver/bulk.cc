#include "roles/deliver/bulk.h"

namespace wakestream::deliver {

bool is_bulk(const log::StoredRecord& event) {
  return !log::header_of(event, "ce_bulk").empty() || !log::header_of(event, "ce_snapshot").empty();
}

}  // namespace wakestream::deliver
