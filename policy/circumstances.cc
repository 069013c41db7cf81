#include "policy/circumstances.h"

#include <algorithm>

namespace wakestream::policy {

namespace {

bool has(const std::vector<NameId>& list, NameId one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::optional<std::string_view> unmet_of_consumer(const Definition& definition, const When& when,
                                                  NameId number) {
  const auto& consumer = definition.consumers[number];
  if (!asks_for(when.consumers, number)) return "consumer";
  if (!asks_for(when.purposes, consumer.purpose)) return "purpose";
  if (!std::all_of(when.agreements.begin(), when.agreements.end(),
                   [&](NameId one) { return has(consumer.agreements, one); }))
    return "agreement";
  if (!when.without.empty() &&
      std::all_of(when.without.begin(), when.without.end(),
                  [&](NameId one) { return has(consumer.agreements, one); }))
    return "without";
  return std::nullopt;
}

bool regime_fits(const Definition& definition, const When& when, NameId jurisdiction,
                 std::chrono::sys_seconds at) {
  return when.regimes.empty() ||
         std::any_of(when.regimes.begin(), when.regimes.end(), [&](NameId regime) {
           return definition.jurisdictions.in_force(jurisdiction, regime, at);
         });
}

bool place_fits(const Definition& definition, const When& when, NameId jurisdiction) {
  const auto& codes = definition.jurisdictions.codes();
  // A rule for a country holds in each of its parts.
  return when.jurisdictions.empty() ||
         std::any_of(when.jurisdictions.begin(), when.jurisdictions.end(), [&](NameId one) {
           return one == jurisdiction ||
                  codes.name(jurisdiction).starts_with(codes.name(one) + "-");
         });
}

}  // namespace

bool category_fits(const Definition& definition, const PolicyRule& rule,
                   std::optional<CategoryId> category) {
  const auto& wanted = rule.when.categories;
  const bool is_deny = rule.side == Side::deny;
  if (!category) return is_deny;
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](CategoryId one) {
           return definition.categories.is_under(*category, one) ||
                  (is_deny && definition.categories.is_under(one, *category));
         });
}

bool consumer_fits(const Definition& definition, const PolicyRule& rule, NameId consumer) {
  return !unmet_of_consumer(definition, rule.when, consumer);
}

bool jurisdiction_fits(const Definition& definition, const PolicyRule& rule, NameId jurisdiction,
                       std::chrono::sys_seconds at) {
  return regime_fits(definition, rule.when, jurisdiction, at) &&
         place_fits(definition, rule.when, jurisdiction);
}

bool consent_fits(const PolicyRule& rule, ConsentState state) {
  if (rule.when.any_consent) return true;
  if (state == ConsentState::unknown) return rule.side == Side::deny;
  return asks_for(rule.when.consent, state);
}

bool time_fits(const PolicyRule& rule, std::chrono::sys_seconds at) {
  return (!rule.from || *rule.from <= at) && (!rule.until || at < *rule.until);
}

std::optional<std::string_view> unmet(const Definition& definition, const PolicyRule& rule,
                                      const Circumstances& circumstances,
                                      std::optional<CategoryId> category) {
  const auto& when = rule.when;
  if (!time_fits(rule, circumstances.at))
    return rule.from && circumstances.at < *rule.from ? "from" : "until";
  if (!asks_for(when.events, circumstances.event)) return "event";
  if (!asks_for(when.banners, circumstances.banner)) return "banner";
  if (const auto word = unmet_of_consumer(definition, when, circumstances.consumer)) return word;
  if (!regime_fits(definition, when, circumstances.jurisdiction, circumstances.at)) return "regime";
  if (!place_fits(definition, when, circumstances.jurisdiction)) return "jurisdiction";
  if (!category_fits(definition, rule, category)) return "category";
  if (!consent_fits(rule, circumstances.consent)) return "consent";
  return std::nullopt;
}

}  // namespace wakestream::policy
