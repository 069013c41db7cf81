#include "policy/jurisdiction_table.h"

#include <algorithm>

#include "policy/laws.h"

namespace wakestream::policy {

namespace {

// Its parts have laws of their own, and are all known.
constexpr std::string_view divided_country = "US";

// "DE-BY": two letters, a hyphen, and one to three letters or digits.
bool is_part_of_a_country(std::string_view code) {
  const auto is_upper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  return code.size() >= 4 && code.size() <= 6 && code[2] == '-' && is_upper(code[0]) &&
         is_upper(code[1]) && std::all_of(code.begin() + 3, code.end(), [&](char letter) {
           return is_upper(letter) || (letter >= '0' && letter <= '9');
         });
}

}  // namespace

JurisdictionTable::JurisdictionTable() {
  for (const auto& law : known_laws()) {
    for (auto rest = law.places; !rest.empty();) {
      const auto blank = std::min(rest.find(' '), rest.size());
      put(rest.substr(0, blank), law.name, law.from);
      if (!law.family.empty()) put(rest.substr(0, blank), law.family, law.from);
      rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
  }
}

void JurisdictionTable::put(std::string_view code, std::string_view regime,
                            std::chrono::sys_days from) {
  const auto jurisdiction = codes_.add(code);
  if (jurisdiction == in_force_.size()) in_force_.emplace_back();
  in_force_[jurisdiction].push_back({regimes_.add(regime), from});
}

void JurisdictionTable::add(std::string_view code, std::string_view regime) {
  if (const auto country = find(code); country && codes_.name(*country) != code) {
    // A part of a country: what holds in all of it holds there too.
    const auto all = in_force_[*country];
    for (const auto& one : all) put(code, regimes_.name(one.regime), one.from);
  }
  put(code, regime, std::chrono::sys_days{});
}

std::optional<NameId> JurisdictionTable::find(std::string_view code) const {
  if (const auto whole = codes_.find(code)) return whole;
  if (!is_part_of_a_country(code) || code.substr(0, 2) == divided_country) return std::nullopt;
  return codes_.find(code.substr(0, 2));
}

bool JurisdictionTable::in_force(NameId jurisdiction, NameId regime,
                                 std::chrono::sys_seconds at) const {
  const auto& all = in_force_[jurisdiction];
  return std::any_of(all.begin(), all.end(), [&](const RegimeInForce& one) {
    return one.regime == regime && one.from <= at;
  });
}

}  // namespace wakestream::policy
