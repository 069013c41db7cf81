// What receipts of one member say, put together: each attempt with what came of it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "roles/deliver/receipt.h"

namespace wakestream::audit {

// Something was sent, or was about to be, or was withheld.
struct Disclosure {
  deliver::Receipt decision;  // an intent, or one that says that everything was withheld
  // Of an intent. Nothing: it is not on record what came of the attempt, so it may have arrived.
  std::optional<deliver::Receipt> outcome{};

  bool withheld() const { return decision.kind == deliver::ReceiptKind::withheld; }
  bool unknown() const { return !withheld() && (!outcome || outcome->fate == "unknown"); }
};

class DisclosureBook {
 public:
  // Of each consumer in the order in which they were written. An outcome belongs to the last intent
  // of its event and attempt before it: an attempt that was under way when the program ended is
  // made again under the same number, and what came of the first nobody knows.
  void take(deliver::Receipt receipt);

  // Those since then, the oldest first.
  std::vector<Disclosure> since(std::int64_t since_ms) const;

 private:
  using AttemptKey = std::tuple<std::string, std::string, std::uint32_t>;
  std::vector<Disclosure> disclosures_;
  std::map<AttemptKey, std::size_t> open_;  // intents without an outcome
};

}  // namespace wakestream::audit
