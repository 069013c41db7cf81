#include "policy/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "keys/digest.h"
#include "policy/file_tests.h"
#include "policy/policy_reader.h"
#include "yaml/section.h"

namespace wakestream::policy {

struct Policy::State {
  State(Definition what, std::string path, std::string digest)
      : definition(std::move(what)),
        denies(definition, definition.rules, Side::deny),
        allows(definition, definition.rules, Side::allow),
        file(std::move(path)),
        hash(std::move(digest)) {
    // By consumer and category: is it, or a category above it, in the consumer's list?
    for (const auto& consumer : definition.consumers) {
      auto& row = authorized.emplace_back(definition.categories.size());
      for (const auto category : numbers_of(row.size()))
        row[category] = std::any_of(
            consumer.categories.begin(), consumer.categories.end(),
            [&](CategoryId one) { return definition.categories.is_under(category, one); });
    }
  }

  Definition definition;
  RuleIndex denies;
  RuleIndex allows;
  std::vector<std::vector<bool>> authorized;
  std::string file;
  std::string hash;
};

namespace {

FieldVerdict narrower_of(const FieldVerdict& first, const FieldVerdict& second) {
  return second.action > first.action ? second : first;
}

// One category of one field, where the masks of the circumstances are known.
class CategoryJudge {
 public:
  CategoryJudge(const Definition& definition, const RuleIndex& denies, const RuleIndex& allows,
                const EventFacts& facts, const Circumstances& circumstances)
      : rules_(definition.rules), denies_(denies), allows_(allows) {
    is_consent_unknown_ = circumstances.consent == ConsentState::unknown;
    denying_ = denies.holding(circumstances, facts.deny_era);
    allowing_ = allows.holding(circumstances, facts.allow_era);
  }

  FieldVerdict judge(std::optional<CategoryId> category,
                     const std::vector<bool>& authorized) const {
    const auto denied = (denying_ & denies_.of_category(category)).first();
    std::optional<FieldVerdict> limit;
    if (denied < rules_max) limit = by(denies_.rule(denied));
    if (limit && limit->action == Action::withhold) return *limit;
    if (!category) return {Action::drop, Cause::unknown_category, no_rule_number};
    if (!authorized[*category]) return {Action::drop, Cause::not_authorized, no_rule_number};
    const auto allowed = (allowing_ & allows_.of_category(category)).first();
    if (allowed < rules_max) {
      const auto granted = by(allows_.rule(allowed));
      return limit ? narrower_of(granted, *limit) : granted;
    }
    if (is_consent_unknown_) return {Action::drop, Cause::unknown_consent, no_rule_number};
    if (limit && limit->action == Action::drop) return *limit;
    return {Action::drop, Cause::no_rule, no_rule_number};
  }

 private:
  FieldVerdict by(std::uint16_t rule) const {
    return {rules_[rule].transform.action, Cause::rule, rule};
  }

  std::span<const PolicyRule> rules_;
  const RuleIndex& denies_;
  const RuleIndex& allows_;
  RuleMask denying_;
  RuleMask allowing_;
  bool is_consent_unknown_ = false;
};

// What is missing to judge the event at all.
std::optional<Cause> missing(const EventFacts& facts, std::optional<NameId> consumer) {
  if (!consumer) return Cause::unknown_consumer;
  if (!facts.known_type) return Cause::unknown_event;
  if (!facts.banner) return Cause::unknown_banner;
  if (!facts.jurisdiction) return Cause::unknown_jurisdiction;
  return std::nullopt;
}

void withhold(Verdict& verdict, Cause cause, std::uint16_t rule) {
  verdict.event = {Action::withhold, cause, rule};
  verdict.fields.clear();
}

}  // namespace

Policy::Policy(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

Policy::Result Policy::parse(std::string_view text, const std::string& name) {
  yaml::Problems problems(name, text, yaml::References::left_alone);
  auto definition = read_policy(text, problems);
  if (!problems.none()) return tl::unexpected(problems.take());
  Policy policy(std::make_unique<const State>(std::move(definition), name, keys::sha256_hex(text)));
  for (auto& failure : run_file_tests(policy))
    problems.add_at(failure.place.line, failure.place.column, std::move(failure.message));
  if (!problems.none()) return tl::unexpected(problems.take());
  return policy;
}

Policy::Result Policy::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  if (!file || !(content << file.rdbuf()))
    return tl::unexpected(
        std::vector<yaml::Problem>{{path, 0, 0, "the policy cannot be read: name its file", {}}});
  return parse(content.str(), path);
}

const Definition& Policy::definition() const { return state_->definition; }
const std::string& Policy::hash() const { return state_->hash; }
const std::string& Policy::file() const { return state_->file; }

std::optional<NameId> Policy::consumer(std::string_view name) const {
  return state_->definition.consumer_names.find(name);
}

EventShape Policy::shape(std::string_view type, std::span<const TaggedField> fields) const {
  const auto& definition = state_->definition;
  EventShape shape{std::string(type), definition.events.find(type).value_or(other_event), {}, {}};
  for (const auto& field : fields) {
    FieldShape one{field.name, {}};
    for (const auto& tag : field.tags) one.categories.push_back(definition.categories.find(tag));
    auto named = definition.fields.find(fmt::format("{}.{}", type, field.name));
    if (named == definition.fields.end()) named = definition.fields.find(field.name);
    if (named != definition.fields.end()) one.categories.emplace_back(named->second);
    if (field.name == "account_id") shape.subject = shape.fields.size();
    shape.fields.push_back(std::move(one));
  }
  return shape;
}

EventFacts Policy::facts(const EventShape* shape, const EventWords& words) const {
  const auto& definition = state_->definition;
  EventFacts facts;
  facts.known_type = shape != nullptr;
  if (shape != nullptr) facts.event = shape->event;
  if (words.banner) facts.banner = definition.banners.find(*words.banner);
  if (words.jurisdiction) facts.jurisdiction = definition.jurisdictions.find(*words.jurisdiction);
  facts.consent =
      read_consent(words.consent_json, definition.consent_keys.names(), definition.consent_words);
  facts.at = words.at;
  facts.deny_era = state_->denies.era(words.at);
  facts.allow_era = state_->allows.era(words.at);
  return facts;
}

void Policy::judge(const EventFacts& facts, std::optional<NameId> consumer,
                   std::span<const FieldShape> fields, std::optional<std::size_t> subject,
                   Verdict& verdict) const {
  if (const auto cause = missing(facts, consumer)) return withhold(verdict, *cause, no_rule_number);
  verdict.event = {Action::pass, Cause::no_rule, no_rule_number};
  verdict.fields.resize(fields.size());
  const auto& authorized = state_->authorized[*consumer];
  const CategoryJudge judge(state_->definition, state_->denies, state_->allows, facts,
                            *circumstances(facts, consumer));
  for (std::size_t at = 0; at < fields.size(); ++at) {
    auto& field = verdict.fields[at];
    if (!fields[at].known()) {
      field = judge.judge(std::nullopt, authorized);
      if (field.cause == Cause::unknown_category) field.cause = Cause::unknown_field;
    } else {
      field = judge.judge(fields[at].categories.front(), authorized);
      for (std::size_t more = 1; more < fields[at].categories.size(); ++more)
        field = narrower_of(field, judge.judge(fields[at].categories[more], authorized));
    }
    if (field.action == Action::withhold) return withhold(verdict, field.cause, field.rule);
  }
  if (subject && !discloses(verdict.fields[*subject].action))
    withhold(verdict, Cause::no_subject, verdict.fields[*subject].rule);
}

Verdict Policy::judge(const EventFacts& facts, std::optional<NameId> consumer,
                      const EventShape& shape) const {
  Verdict verdict;
  judge(facts, consumer, shape.fields, shape.subject, verdict);
  return verdict;
}

EventFacts Policy::facts(const EventShape& shape, NameId banner, NameId jurisdiction,
                         ConsentState consent, std::chrono::sys_seconds at) const {
  EventFacts facts{.known_type = true,
                   .event = shape.event,
                   .banner = banner,
                   .jurisdiction = jurisdiction,
                   .at = at,
                   .deny_era = state_->denies.era(at),
                   .allow_era = state_->allows.era(at)};
  facts.consent.fill(consent);
  return facts;
}

std::optional<Circumstances> Policy::circumstances(const EventFacts& facts,
                                                   std::optional<NameId> consumer) const {
  if (missing(facts, consumer)) return std::nullopt;
  const auto& definition = state_->definition;
  const auto& purpose = definition.purposes[definition.consumers[*consumer].purpose];
  return Circumstances{*consumer,
                       *facts.banner,
                       *facts.jurisdiction,
                       facts.event,
                       consent_for(purpose.consent_keys, facts.consent),
                       facts.at};
}

std::span<const ConsentState> Policy::reachable_states(NameId consumer) const {
  static constexpr std::array states{ConsentState::not_needed, ConsentState::granted,
                                     ConsentState::not_asked, ConsentState::denied,
                                     ConsentState::unknown};
  const auto& definition = state_->definition;
  const auto& keys = definition.purposes[definition.consumers[consumer].purpose].consent_keys;
  return keys.empty() ? std::span(states).first(1) : std::span(states).subspan(1);
}

std::string Policy::reason(const FieldVerdict& verdict) const {
  if (verdict.cause != Cause::rule) return std::string(to_string(verdict.cause));
  return fmt::format("rule {}", state_->definition.rules[verdict.rule].name);
}

const Transform* Policy::transform(const FieldVerdict& verdict) const {
  return verdict.rule == no_rule_number ? nullptr
                                        : &state_->definition.rules[verdict.rule].transform;
}

}  // namespace wakestream::policy
