#include "policy/proof.h"

#include <algorithm>

namespace wakestream::policy {

namespace {

// A field of each category, and one of an unknown category at the end.
std::vector<FieldShape> one_field_a_category(const Definition& definition) {
  std::vector<FieldShape> fields;
  fields.reserve(definition.categories.size() + 1);
  for (const auto category : numbers_of(definition.categories.size()))
    fields.push_back({definition.categories.name(category), {category}});
  fields.push_back({"", {std::nullopt}});
  return fields;
}

class Prover {
 public:
  explicit Prover(const Policy& policy)
      : policy_(policy),
        definition_(policy.definition()),
        fields_(one_field_a_category(definition_)) {
    times_.push_back(std::chrono::sys_days{});
    auto rules = definition_.rules;
    for (const auto& claim : definition_.claims) rules.push_back(claim.rule);
    for (const auto moment : moments(definition_, rules)) times_.push_back(moment);
  }

  ProvedClaim prove(const Claim& claim) {
    ProvedClaim proved{&claim, 0, 0, {}};
    std::vector<std::size_t> of_claim;
    for (std::size_t at = 0; at < fields_.size(); ++at)
      if (category_fits(definition_, claim.rule, fields_[at].categories.front()))
        of_claim.push_back(at);
    for (const auto consumer : numbers_of(definition_.consumers.size()))
      if (consumer_fits(definition_, claim.rule, consumer))
        for (const auto state : policy_.reachable_states(consumer))
          if (consent_fits(claim.rule, state)) each_event(consumer, state, of_claim, proved);
    return proved;
  }

 private:
  void each_event(NameId consumer, ConsentState state, const std::vector<std::size_t>& of_claim,
                  ProvedClaim& proved) {
    const auto& when = proved.claim->rule.when;
    for (const auto number : numbers_of(definition_.events.size() + 1)) {
      const bool is_other = number == definition_.events.size();
      const EventShape shape{{}, is_other ? other_event : number, {}, {}};
      if (!asks_for(when.events, shape.event)) continue;
      for (const auto banner : numbers_of(definition_.banners.size()))
        if (asks_for(when.banners, banner))
          each_place(shape, banner, consumer, state, of_claim, proved);
    }
  }

  void each_place(const EventShape& shape, NameId banner, NameId consumer, ConsentState state,
                  const std::vector<std::size_t>& of_claim, ProvedClaim& proved) {
    const auto& rule = proved.claim->rule;
    for (const auto at : times_) {
      if (!time_fits(rule, at)) continue;
      for (const auto place : numbers_of(definition_.jurisdictions.codes().size()))
        if (jurisdiction_fits(definition_, rule, place, at))
          each_category(policy_.facts(shape, banner, place, state, at), consumer, of_claim, proved);
    }
  }

  void each_category(const EventFacts& facts, NameId consumer,
                     const std::vector<std::size_t>& of_claim, ProvedClaim& proved) {
    for (const auto at : of_claim) {
      ++proved.cases;
      policy_.judge(facts, consumer, std::span(fields_).subspan(at, 1), std::nullopt, verdict_);
      if (verdict_.withheld()) continue;
      const auto& given = verdict_.fields.front();
      if (given.action >= proved.claim->rule.transform.action) continue;
      if (proved.failures++ == 0)
        proved.first = Counterexample{*policy_.circumstances(facts, consumer),
                                      fields_[at].categories.front(), given};
    }
  }

  const Policy& policy_;
  const Definition& definition_;
  std::vector<FieldShape> fields_;
  std::vector<std::chrono::sys_seconds> times_;
  Verdict verdict_;
};

}  // namespace

std::vector<ProvedClaim> prove(const Policy& policy) {
  Prover prover(policy);
  std::vector<ProvedClaim> all;
  for (const auto& claim : policy.definition().claims) all.push_back(prover.prove(claim));
  return all;
}

}  // namespace wakestream::policy
