// `wakestream audit subject ID --since TIME`: what of a member's data was disclosed, to whom, when
// and why: the accounting of disclosures. The member's id is asked for, and never in the receipts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

struct AuditOptions {
  std::string account;
  std::string since;                   // as read_since reads it
  std::vector<std::string> consumers;  // empty: all of the configuration
  bool json = false;
};

// "2026-01-31", which begins in UTC, or "2026-01-31T08:30:00Z": milliseconds since the Unix epoch.
std::optional<std::int64_t> read_since(std::string_view text);

// Exit codes: 0 said, also when there is nothing to say; 1 it cannot be said, or not all of it; 75
// the log or the key store does not answer.
int audit_command(const Config& config, const AuditOptions& options, Logger& logger);

}  // namespace wakestream::app
