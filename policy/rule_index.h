// The rules of one side, tabulated: which of them hold is the intersection of one row a dimension,
// so that a verdict is a few lookups and no rule is looked at.
//
// Rules are sorted so that the first one that holds decides: denies from the narrowest action,
// allows from the widest, and as they stand in the file where the action is the same.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policy/circumstances.h"
#include "policy/definition.h"

namespace wakestream::policy {

// Of one side.
inline constexpr std::size_t rules_max = 256;

class RuleMask {
 public:
  void set(std::size_t at) { words_[at / 64] |= std::uint64_t{1} << (at % 64); }
  RuleMask operator&(const RuleMask& other) const {
    RuleMask both;
    for (std::size_t at = 0; at < words_.size(); ++at)
      both.words_[at] = words_[at] & other.words_[at];
    return both;
  }
  // rules_max when there is none.
  std::size_t first() const {
    for (std::size_t at = 0; at < words_.size(); ++at)
      if (words_[at] != 0) return at * 64 + static_cast<std::size_t>(std::countr_zero(words_[at]));
    return rules_max;
  }

 private:
  std::array<std::uint64_t, rules_max / 64> words_{};
};

class RuleIndex {
 public:
  // `rules` stays where it is as long as this object is used; those of the other side are left out.
  RuleIndex(const Definition& definition, std::span<const PolicyRule> rules, Side side);

  RuleMask holding(const Circumstances& circumstances, std::size_t era) const {
    const auto event = circumstances.event == other_event ? by_event_.size() - 1
                                                          : std::size_t{circumstances.event};
    return by_consumer_[circumstances.consumer] &
           by_place_[era * place_count_ + circumstances.jurisdiction] &
           by_banner_[circumstances.banner] & by_event_[event] &
           by_consent_[static_cast<std::size_t>(circumstances.consent)] & by_era_[era];
  }
  const RuleMask& of_category(std::optional<CategoryId> category) const {
    return category ? by_category_[*category] : by_category_.back();
  }
  // The rule's number in `rules`.
  std::uint16_t rule(std::size_t position) const { return order_[position]; }
  // Between two changes of what is in force there is one era.
  std::size_t era(std::chrono::sys_seconds at) const;
  std::size_t era_count() const { return begins_.size() + 1; }

 private:
  std::vector<std::uint16_t> order_;
  std::vector<std::chrono::sys_seconds> begins_;
  std::size_t place_count_;
  std::vector<RuleMask> by_category_;  // the last one: of an unknown category
  std::vector<RuleMask> by_consumer_;
  std::vector<RuleMask> by_place_;  // by era and jurisdiction
  std::vector<RuleMask> by_banner_;
  std::vector<RuleMask> by_event_;  // the last one: of an event that no rule names
  std::vector<RuleMask> by_consent_;
  std::vector<RuleMask> by_era_;
};

// Every moment at which a rule or a regime begins or ends, in order, each once.
std::vector<std::chrono::sys_seconds> moments(const Definition& definition,
                                              std::span<const PolicyRule> rules);

}  // namespace wakestream::policy
