#include "policy/rule_index.h"

#include <algorithm>

namespace wakestream::policy {

namespace {

// A row a value of one dimension: which rules hold for it, as far as that dimension goes.
template <class Fits>
std::vector<RuleMask> rows(std::size_t count, std::span<const PolicyRule> rules,
                           const std::vector<std::uint16_t>& order, Fits&& fits) {
  std::vector<RuleMask> all(count);
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t at = 0; at < order.size(); ++at)
      if (fits(rules[order[at]], row)) all[row].set(at);
  return all;
}

}  // namespace

std::vector<std::chrono::sys_seconds> moments(const Definition& definition,
                                              std::span<const PolicyRule> rules) {
  std::vector<std::chrono::sys_seconds> all;
  for (const auto& rule : rules) {
    if (rule.from) all.emplace_back(*rule.from);
    if (rule.until) all.emplace_back(*rule.until);
  }
  for (const auto place : numbers_of(definition.jurisdictions.codes().size()))
    for (const auto& one : definition.jurisdictions.regimes_of(place)) all.emplace_back(one.from);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

RuleIndex::RuleIndex(const Definition& definition, std::span<const PolicyRule> rules, Side side)
    : begins_(moments(definition, rules)), place_count_(definition.jurisdictions.codes().size()) {
  for (std::size_t at = 0; at < rules.size(); ++at)
    if (rules[at].side == side) order_.push_back(static_cast<std::uint16_t>(at));
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint16_t left, std::uint16_t right) {
    const auto one = rules[left].transform.action;
    const auto other = rules[right].transform.action;
    return side == Side::deny ? one > other : one < other;
  });
  const auto& categories = definition.categories;
  by_category_ = rows(categories.size() + 1, rules, order_, [&](const PolicyRule& rule, auto row) {
    return category_fits(
        definition, rule,
        row == categories.size() ? std::nullopt : std::optional(static_cast<CategoryId>(row)));
  });
  by_consumer_ =
      rows(definition.consumers.size(), rules, order_, [&](const PolicyRule& rule, auto row) {
        return consumer_fits(definition, rule, static_cast<NameId>(row));
      });
  by_place_ =
      rows(era_count() * place_count_, rules, order_, [&](const PolicyRule& rule, auto row) {
        const auto number = row / place_count_;
        const auto begin = number == 0 ? std::chrono::sys_seconds{std::chrono::seconds{INT32_MIN}}
                                       : begins_[number - 1];
        return jurisdiction_fits(definition, rule, static_cast<NameId>(row % place_count_), begin);
      });
  by_banner_ = rows(definition.banners.size(), rules, order_, [](const PolicyRule& rule, auto row) {
    return asks_for(rule.when.banners, row);
  });
  by_event_ =
      rows(definition.events.size() + 1, rules, order_, [&](const PolicyRule& rule, auto row) {
        return asks_for(rule.when.events,
                        row == definition.events.size() ? std::size_t{other_event} : row);
      });
  by_consent_ = rows(consent_state_count, rules, order_, [](const PolicyRule& rule, auto row) {
    return consent_fits(rule, static_cast<ConsentState>(row));
  });
  by_era_ = rows(era_count(), rules, order_, [&](const PolicyRule& rule, auto row) {
    return time_fits(rule, row == 0 ? std::chrono::sys_seconds{std::chrono::seconds{INT32_MIN}}
                                    : begins_[row - 1]);
  });
}

std::size_t RuleIndex::era(std::chrono::sys_seconds at) const {
  return static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), at) -
                                  begins_.begin());
}

}  // namespace wakestream::policy
