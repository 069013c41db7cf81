// The receipts of one member, read from the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/audit/disclosure.h"
#include "keys/key.h"
#include "log/event_log.h"

namespace wakestream::audit {

struct Found {
  DisclosureBook book;
  // Consumers without a topic of receipts: nothing was ever sent to them.
  std::vector<std::string> without_receipts;
  // Receipts by another key: whom they are about cannot be told.
  std::uint64_t by_other_keys = 0;
  std::vector<std::string> other_key_ids;
};

// Reads the receipts of these consumers from their beginning to their present end. A receipt that
// cannot be read is ErrorKind::corrupt, with topic, partition and offset.
log::Result<Found> receipts_of(log::EventLog& event_log, const std::string& pipeline,
                               const std::vector<std::string>& consumers,
                               const std::string& account, const keys::Key& key);

}  // namespace wakestream::audit
