#include "policy/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "policy/rule_index.h"
#include "policy/word_list.h"

namespace wakestream::policy {

namespace {

constexpr std::pair<std::string_view, Generalization> generalizations[] = {
    {"year", Generalization::year},     {"month", Generalization::month},
    {"prefix", Generalization::prefix}, {"email_domain", Generalization::email_domain},
    {"bucket", Generalization::bucket}, {"members", Generalization::members}};

constexpr std::pair<std::string_view, Spelling> spellings[] = {
    {"as_it_is", Spelling::as_it_is}, {"email", Spelling::email}, {"phone", Spelling::phone}};

template <class Value, std::size_t count>
std::optional<Value> named(const std::pair<std::string_view, Value> (&all)[count],
                           std::string_view word) {
  for (const auto& [name, value] : all)
    if (name == word) return value;
  return std::nullopt;
}

}  // namespace

Place RuleReader::place_of(const YAML::Mark& mark) const {
  return {mark.line + 1, mark.column + 1};
}

std::string RuleReader::name_of(yaml::YamlSection& section, const std::string& where) {
  auto name = section.text("name");
  const auto is_taken = [&](const auto& list, auto&& name_in) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& one) { return name_in(one) == name; });
  };
  if (!name.empty() &&
      (is_taken(definition_.rules, [](const PolicyRule& one) { return one.name; }) ||
       is_taken(definition_.claims, [](const Claim& one) { return one.rule.name; })))
    problems_.add(section.mark("name"),
                  fmt::format("{}.name: {} is the name of another one", where, name));
  return name;
}

void RuleReader::read_rules(const YAML::Node& list, const std::string& path,
                            std::optional<NameId> banner) {
  if (!list.IsSequence()) {
    problems_.add(list.Mark(), fmt::format("{} must be a list of rules", path));
    return;
  }
  std::size_t number = 0;
  for (const auto& node : list) {
    auto rule = read_rule(node, fmt::format("{}[{}]", path, number++));
    if (banner && !rule.when.banners.empty())
      problems_.add(
          node.Mark(),
          fmt::format("{}: a rule of a banner asks for no other one: leave banner out", path));
    if (banner) rule.when.banners = {*banner};
    definition_.rules.push_back(std::move(rule));
  }
  for (const auto side : {Side::allow, Side::deny})
    if (static_cast<std::size_t>(
            std::count_if(definition_.rules.begin(), definition_.rules.end(),
                          [&](const PolicyRule& rule) { return rule.side == side; })) > rules_max)
      problems_.add(list.Mark(), fmt::format("there are more than {} rules that {}", rules_max,
                                             side == Side::allow ? "allow" : "deny"));
}

PolicyRule RuleReader::read_rule(const YAML::Node& node, const std::string& where) {
  yaml::YamlSection section(node, where, problems_);
  PolicyRule rule;
  rule.place = place_of(node.Mark());
  if (!node.IsMap()) return rule;
  rule.name = name_of(section, where);
  const bool allows = section.has("allow");
  if (allows == section.has("deny"))
    problems_.add(node.Mark(), fmt::format("{} must have one of allow and deny", where));
  rule.side = allows ? Side::allow : Side::deny;
  const std::string side = allows ? "allow" : "deny";
  const auto action = section.node(side);
  if (allows) section.node("deny");
  if (!allows) section.node("allow");
  if (action.IsDefined()) rule.transform = read_action(action, where + "." + side);
  const auto when = section.node("when");
  if (when.IsDefined()) rule.when = read_when(when, where + ".when", rule.side);
  rule.from = day_of(section, "from", where + ".from", problems_);
  rule.until = day_of(section, "until", where + ".until", problems_);
  if (rule.from && rule.until && *rule.from >= *rule.until)
    problems_.add(section.mark("until"),
                  fmt::format("{} is never in force: until is not after from", where));
  rule.because = section.text("because", "");
  section.finish();
  check_side(rule, section.mark(side), where);
  return rule;
}

void RuleReader::check_side(const PolicyRule& rule, const YAML::Mark& mark,
                            const std::string& where) {
  const auto action = rule.transform.action;
  if (rule.side == Side::allow && !discloses(action))
    problems_.add(mark, fmt::format("{}.allow: {} shows nothing: write it as a deny", where,
                                    to_string(action)));
  if (rule.side == Side::deny && action == Action::pass)
    problems_.add(mark, fmt::format("{}.deny: pass denies nothing: write it as an allow", where));
}

void RuleReader::read_claims(const YAML::Node& list) {
  if (!list.IsSequence()) {
    problems_.add(list.Mark(), "claims must be a list of claims");
    return;
  }
  for (const auto& node : list)
    definition_.claims.push_back(
        read_claim(node, fmt::format("claims[{}]", definition_.claims.size())));
  if (definition_.claims.size() > rules_max)
    problems_.add(list.Mark(), fmt::format("there are more than {} claims", rules_max));
}

Claim RuleReader::read_claim(const YAML::Node& node, const std::string& where) {
  yaml::YamlSection section(node, where, problems_);
  Claim claim;
  claim.rule.place = place_of(node.Mark());
  if (!node.IsMap()) return claim;
  claim.rule.name = name_of(section, where);
  claim.rule.transform.action = Action::nullify;
  const auto at_most = section.text("at_most", "nullify");
  if (const auto action = action_named(at_most))
    claim.rule.transform.action = *action;
  else
    problems_.add(section.mark("at_most"),
                  fmt::format("{}.at_most must be an action: generalize, mask, tokenize, hmac, "
                              "nullify, drop or withhold",
                              where));
  const auto never = section.node("never");
  if (never.IsDefined())
    claim.rule.when = read_when(never, where + ".never", Side::deny);
  else
    problems_.add(node.Mark(), fmt::format("{}.never is missing: it says for which fields", where));
  section.finish();
  return claim;
}

When RuleReader::read_when(const YAML::Node& node, const std::string& where, Side side) {
  yaml::YamlSection section(node, where, problems_);
  When when;
  if (!node.IsMap()) return when;
  const auto words = [&](const std::string& key) {
    return words_of(section, key, where + "." + key, problems_);
  };
  const auto& categories = definition_.categories;
  const auto& jurisdictions = definition_.jurisdictions;
  when.categories = look_up(
      words("category"), "category", [&](auto name) { return categories.find(name); },
      categories.names(), problems_);
  when.consumers = look_up(words("consumer"), "consumer", definition_.consumer_names, problems_);
  when.purposes = look_up(words("purpose"), "purpose", definition_.purpose_names, problems_);
  when.regimes = look_up(words("regime"), "regime", jurisdictions.regimes(), problems_);
  when.jurisdictions =
      look_up(words("jurisdiction"), "jurisdiction", jurisdictions.codes(), problems_);
  when.banners = look_up(words("banner"), "banner", definition_.banners, problems_);
  for (const auto& word : words("event")) when.events.push_back(definition_.events.add(word.text));
  when.agreements = look_up(words("agreement"), "agreement", definition_.agreements, problems_);
  when.without = look_up(words("without"), "agreement", definition_.agreements, problems_);
  // A rule that knew less would show more.
  if (side == Side::allow && !when.without.empty())
    problems_.add(section.mark("without"),
                  fmt::format("{}.without: only a deny asks for what is missing", where));
  if (side == Side::deny && !when.agreements.empty())
    problems_.add(
        section.mark("agreement"),
        fmt::format("{}.agreement: a deny asks for what is missing: write without", where));
  read_consent(section, where, side, when);
  section.finish();
  return when;
}

void RuleReader::read_consent(yaml::YamlSection& section, const std::string& where, Side side,
                              When& when) {
  for (const auto& word : words_of(section, "consent", where + ".consent", problems_)) {
    if (word.text == "any" && side == Side::allow) {
      when.any_consent = true;
    } else if (word.text == "granted") {
      when.consent.push_back(ConsentState::granted);
    } else if (word.text == "not_asked") {
      when.consent.push_back(ConsentState::not_asked);
    } else if (word.text == "denied") {
      when.consent.push_back(ConsentState::denied);
    } else {
      problems_.add(word.mark, side == Side::allow
                                   ? fmt::format("{}.consent must be granted, not_asked, denied or "
                                                 "any (an unknown one too)",
                                                 where)
                                   : fmt::format("{}.consent must be granted, not_asked or denied; "
                                                 "a deny holds for an unknown one anyway",
                                                 where));
    }
  }
  if (when.any_consent && !when.consent.empty())
    problems_.add(section.mark("consent"), fmt::format("{}.consent: any stands alone", where));
}

Transform RuleReader::read_action(const YAML::Node& node, const std::string& where) {
  if (node.IsMap() && node.size() == 1) return read_changed(node, where);
  const auto action = node.IsScalar() ? action_named(node.Scalar()) : std::optional<Action>();
  Transform plain;
  if (action && (*action == Action::pass || !discloses(*action))) {
    plain.action = *action;
  } else {
    problems_.add(
        node.Mark(),
        fmt::format("{} must be pass, nullify, drop, withhold, or one of mask, hmac, "
                    "tokenize and generalize with its details: {{mask: {{keep_last: 4}}}}",
                    where));
  }
  return plain;
}

Transform RuleReader::read_changed(const YAML::Node& node, const std::string& where) {
  Transform change;
  yaml::YamlSection outer(node, where, problems_);
  for (const auto action : {Action::generalize, Action::mask, Action::tokenize, Action::hmac}) {
    const std::string word(to_string(action));
    const auto details = outer.node(word);
    if (!details.IsDefined()) continue;
    change.action = action;
    const auto path = fmt::format("{}.{}", where, word);
    yaml::YamlSection section(details, path, problems_);
    if (details.IsMap()) read_changed_details(section, path, change);
    section.finish();
  }
  outer.finish();
  return change;
}

void RuleReader::read_changed_details(yaml::YamlSection& section, const std::string& where,
                                      Transform& change) {
  if (change.action == Action::mask)
    change.keep_last = static_cast<std::uint16_t>(section.count("keep_last", 0, 0, 8));
  if (change.action == Action::tokenize) change.key = read_key(section, where);
  if (change.action == Action::hmac) {
    change.key = read_key(section, where);
    const auto spelling = named(spellings, section.text("spelling", "as_it_is"));
    if (spelling)
      change.spelling = *spelling;
    else
      problems_.add(section.mark("spelling"),
                    fmt::format("{}.spelling must be as_it_is, email or phone", where));
  }
  if (change.action == Action::generalize) read_generalization(section, where, change);
}

void RuleReader::read_generalization(yaml::YamlSection& section, const std::string& where,
                                     Transform& change) {
  const auto to = named(generalizations, section.text("to"));
  if (!to) {
    if (section.has("to"))
      problems_.add(
          section.mark("to"),
          fmt::format("{}.to must be year, month, prefix, email_domain, bucket or members", where));
    section.node("size");
    section.node("members");
    return;
  }
  change.to = *to;
  if (*to == Generalization::prefix || *to == Generalization::bucket) {
    if (!section.has("size"))
      problems_.add(section.mark("to"),
                    fmt::format("{}.size is missing: it says {}", where,
                                *to == Generalization::prefix ? "how many characters stay"
                                                              : "how wide a bucket is"));
    change.size = static_cast<std::uint32_t>(section.count("size", 1, 1, 1'000'000'000));
  }
  if (*to == Generalization::members) change.members = section.texts("members");
}

NameId RuleReader::read_key(yaml::YamlSection& section, const std::string& where) {
  const auto words = words_of(section, "key", where + ".key", problems_);
  if (words.size() != 1) {
    problems_.add(section.mark("key"),
                  fmt::format("{}.key is missing: it names one of the policy's keys", where));
    return 0;
  }
  return look_up(words, "key", definition_.keys, problems_).empty()
             ? NameId{0}
             : *definition_.keys.find(words.front().text);
}

}  // namespace wakestream::policy
