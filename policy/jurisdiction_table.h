// Where a member's data is protected, and by which regimes: the known laws (policy/laws.h) and what
// the policy adds.
//
// A code that is not here is unknown, and so withheld: "US" alone says not which state's law holds.
// A part of a country that is known as a whole counts as that country: "DE-BY" as "DE".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name_table.h"

namespace wakestream::policy {

struct RegimeInForce {
  NameId regime = 0;
  std::chrono::sys_days from;
};

class JurisdictionTable {
 public:
  JurisdictionTable();

  // One regime more for a place, which may be new, for all time.
  void add(std::string_view code, std::string_view regime);
  std::optional<NameId> find(std::string_view code) const;
  std::optional<NameId> find_regime(std::string_view name) const { return regimes_.find(name); }
  const NameTable& codes() const { return codes_; }
  const NameTable& regimes() const { return regimes_; }
  // Laws and families alike.
  const std::vector<RegimeInForce>& regimes_of(NameId jurisdiction) const {
    return in_force_[jurisdiction];
  }
  bool in_force(NameId jurisdiction, NameId regime, std::chrono::sys_seconds at) const;

 private:
  void put(std::string_view code, std::string_view regime, std::chrono::sys_days from);

  NameTable codes_;
  NameTable regimes_;
  std::vector<std::vector<RegimeInForce>> in_force_;  // by jurisdiction
};

}  // namespace wakestream::policy
