// A policy's claims, tried in every combination of circumstances: consumers, banners,
// jurisdictions, events, consents, categories, and the times between which something changes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/policy.h"

namespace wakestream::policy {

struct Counterexample {
  Circumstances circumstances;
  std::optional<CategoryId> category;  // nothing: an unknown one
  FieldVerdict verdict;
};

struct ProvedClaim {
  const Claim* claim = nullptr;
  std::uint64_t cases = 0;  // combinations for which it says something; 0 proves nothing
  std::uint64_t failures = 0;
  std::optional<Counterexample> first;
};

// In the order of the file. All that a claim can meet is met: nothing is sampled.
std::vector<ProvedClaim> prove(const Policy& policy);

}  // namespace wakestream::policy
