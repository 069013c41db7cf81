// Of random policies and events: the tables say what the rules say, who knows less is shown no
// more, another deny never shows more, and another allow never shows less.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "policy/circumstances.h"
#include "tests/unit/policy/policy_fixture.h"

namespace wakestream::policy {
namespace {

constexpr int policy_count = 60;
constexpr int questions_a_policy = 120;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::string of(const std::vector<std::string>& list) { return list[below(list.size())]; }
  std::string some_of(const std::vector<std::string>& list) {
    return one_in(2) ? "[" + of(list) + ", " + of(list) + "]" : of(list);
  }

 private:
  std::mt19937 engine_;
};

const std::vector<std::string> categories{
    "user",        "user.contact",   "user.contact.email",
    "user.health", "user.unique_id", "user.contact.phone_number",
    "system",      "user.loyalty",   "user.health.genetic"};
const std::vector<std::string> places{"DE", "US-CA", "US-VA", "US-AL", "GB", "FR"};
const std::vector<std::string> regimes{"gdpr", "hipaa", "us_state_privacy", "ccpa", "vcdpa"};
const std::vector<std::string> consumers{"esp", "ads", "crm", "desk"};
const std::vector<std::string> purposes{"marketing", "sharing", "service"};
const std::vector<std::string> banners{"banner-a", "banner-b"};
const std::vector<std::string> events{"customer.created", "customer.moved", "customer.gone"};
const std::vector<std::string> agreements{"hipaa_baa", "processor_contract"};
const std::vector<std::string> states{"granted", "not_asked", "denied"};
const std::vector<std::string> days{"2022-03-01", "2023-01-01", "2025-05-05", "2026-06-01"};

std::string random_rule(Random& random, const std::string& name, bool allow) {
  std::string when;
  const auto ask = [&](std::size_t odds, const char* key, const std::string& words) {
    if (random.one_in(odds)) when += (when.empty() ? "" : ", ") + std::string(key) + ": " + words;
  };
  ask(2, "category", random.some_of(categories));
  ask(4, "consumer", random.some_of(consumers));
  ask(5, "purpose", random.some_of(purposes));
  ask(4, "regime", random.some_of(regimes));
  ask(6, "jurisdiction", random.some_of(places));
  ask(5, "banner", random.of(banners));
  ask(5, "event", random.some_of(events));
  ask(4, allow ? "agreement" : "without", random.some_of(agreements));
  ask(3, "consent", allow && random.one_in(3) ? "any" : random.some_of(states));
  const std::vector<std::string> changes{"{ hmac: { key: hashing } }", "{ mask: { keep_last: 2 } }",
                                         "{ tokenize: { key: hashing } }",
                                         "{ generalize: { to: year } }"};
  const std::vector<std::string> denials{"drop", "drop", "nullify", "withhold"};
  std::string action = random.one_in(3) ? random.of(changes) : allow ? "pass" : random.of(denials);
  std::string rule = "  - { name: " + name + ", " + (allow ? "allow: " : "deny: ") + action;
  if (!when.empty()) rule += ", when: { " + when + " }";
  const auto day = random.below(days.size());
  if (random.one_in(5)) rule += ", from: " + days[day];
  if (random.one_in(5) && day + 1 < days.size()) rule += ", until: " + days[day + 1];
  return rule + " }\n";
}

std::string random_rules(Random& random) {
  std::string rules;
  const auto count = 3 + random.below(12);
  for (std::size_t at = 0; at < count; ++at)
    rules += random_rule(random, "r" + std::to_string(at), random.one_in(2));
  return rules;
}

Question random_question(Random& random) {
  Question question;
  question.consumer = random.of(consumers);
  question.type = random.of(events);
  question.banner = random.of(banners);
  question.jurisdiction = random.of(places);
  const std::vector<std::string> words{"true", "false", "\"not_asked\"", "\"what\""};
  question.consent = "{\"email\":" + random.of(words) + ",\"share\":" + random.of(words) + "}";
  question.at = std::chrono::sys_days{std::chrono::year{2021} / 1 / 1} +
                std::chrono::days{random.below(2'500)};
  question.fields = {{"account_id", {}}};
  for (int at = 0; at < 4; ++at) {
    TaggedField field{"f" + std::to_string(at), {random.of(categories)}};
    if (random.one_in(4)) field.tags.push_back(random.of(categories));
    question.fields.push_back(std::move(field));
  }
  return question;
}

// What each field shows: Action::withhold for all when the event does not go out.
std::vector<Action> shown(const Policy& policy, const Question& question) {
  const auto verdict = question.ask(policy);
  std::vector<Action> actions(question.fields.size(), Action::withhold);
  for (std::size_t at = 0; at < verdict.fields.size(); ++at)
    actions[at] = verdict.fields[at].action;
  return actions;
}

void expect_no_more(const std::vector<Action>& less, const std::vector<Action>& more,
                    const std::string& what) {
  for (std::size_t at = 0; at < less.size(); ++at)
    // A field that is null or not there shows nothing, either way.
    EXPECT_TRUE(less[at] >= more[at] || (!discloses(less[at]) && !discloses(more[at])))
        << what << ", field " << at << ": " << to_string(less[at]) << " after "
        << to_string(more[at]);
}

// The same by the rules themselves, one after the other: what the tables are made from.
Action by_the_rules(const Policy& policy, const Question& question, const TaggedField& field) {
  const auto& definition = policy.definition();
  const auto consumer = *policy.consumer(question.consumer);
  const auto shape = policy.shape(*question.type, question.fields);
  const auto facts =
      policy.facts(&shape, {question.banner, question.jurisdiction, question.consent, question.at});
  const auto& purpose = definition.purposes[definition.consumers[consumer].purpose];
  const Circumstances circumstances{consumer,
                                    *facts.banner,
                                    *facts.jurisdiction,
                                    shape.event,
                                    consent_for(purpose.consent_keys, facts.consent),
                                    question.at};
  auto narrowest = Action::pass;
  auto tags = field.tags;
  if (tags.empty()) tags.push_back("user.unique_id");
  for (const auto& tag : tags) {
    const auto category = *definition.categories.find(tag);
    auto granted = Action::drop;
    auto limit = Action::pass;
    for (const auto& rule : definition.rules) {
      if (unmet(definition, rule, circumstances, category)) continue;
      if (rule.side == Side::allow) granted = std::min(granted, rule.transform.action);
      if (rule.side == Side::deny) limit = std::max(limit, rule.transform.action);
    }
    const auto& allowed = definition.consumers[consumer].categories;
    const bool authorized = std::any_of(allowed.begin(), allowed.end(), [&](CategoryId one) {
      return definition.categories.is_under(category, one);
    });
    const auto one = limit == Action::withhold ? limit
                     : authorized              ? std::max(granted, limit)
                                               : Action::drop;
    narrowest = std::max(narrowest, one);
  }
  return narrowest;
}

class FailClosed : public testing::Test {
 protected:
  // Calls `judge` with policies, their rules, and questions.
  template <class Judge>
  void each(Judge&& judge) {
    for (int number = 0; number < policy_count; ++number) {
      SCOPED_TRACE("policy " + std::to_string(number));
      Random random(static_cast<unsigned>(number));
      const auto rules = random_rules(random);
      judge(random, rules);
      if (HasFailure()) return;
    }
  }
};

TEST_F(FailClosed, the_tables_say_what_the_rules_say) {
  std::array<int, action_count> seen{};
  each([&](Random& random, const std::string& rules) {
    const auto policy = policy_of(rules);
    for (int at = 0; at < questions_a_policy; ++at) {
      const auto question = random_question(random);
      const auto verdict = question.ask(policy);
      std::vector<Action> expected;
      expected.reserve(question.fields.size());
      for (const auto& field : question.fields)
        expected.push_back(by_the_rules(policy, question, field));
      const bool withheld =
          std::find(expected.begin(), expected.end(), Action::withhold) != expected.end() ||
          !discloses(expected.front());
      ASSERT_EQ(verdict.withheld(), withheld) << rules;
      if (withheld) {
        ++seen[static_cast<std::size_t>(Action::withhold)];
        continue;
      }
      for (const auto action : expected) ++seen[static_cast<std::size_t>(action)];
      for (std::size_t field = 0; field < expected.size(); ++field)
        ASSERT_EQ(verdict.fields[field].action, expected[field]) << rules << " field " << field;
    }
  });
  for (std::size_t action = 0; action < action_count; ++action)
    EXPECT_GE(seen[action], 5) << to_string(static_cast<Action>(action)) << " was hardly met";
}

TEST_F(FailClosed, who_knows_less_is_shown_no_more) {
  each([&](Random& random, const std::string& rules) {
    const auto policy = policy_of(rules);
    for (int at = 0; at < questions_a_policy; ++at) {
      const auto question = random_question(random);
      const auto known = shown(policy, question);
      const auto expect_less = [&](const char* what, auto&& forget) {
        auto less = question;
        forget(less);
        expect_no_more(shown(policy, less), known, what);
      };
      expect_less("no consumer", [](Question& one) { one.consumer = "nobody"; });
      expect_less("no type", [](Question& one) { one.type.reset(); });
      expect_less("no banner", [](Question& one) { one.banner.reset(); });
      expect_less("no jurisdiction", [](Question& one) { one.jurisdiction.reset(); });
      expect_less("no consent", [](Question& one) { one.consent.reset(); });
      expect_less("half a consent", [](Question& one) { one.consent = R"({"email":true)"; });
      expect_less("a coarser tag", [](Question& one) {
        auto& tag = one.fields[1].tags[0];
        if (const auto dot = tag.rfind('.'); dot != std::string::npos) tag.resize(dot);
      });
      expect_less("an unknown tag", [](Question& one) { one.fields[2].tags[0] = "user.what"; });
      expect_less("no tags", [](Question& one) { one.fields[3].tags.clear(); });
    }
  });
}

TEST_F(FailClosed, less_on_file_shows_no_more) {
  const auto without = [](std::string text, const std::string& what, const std::string& instead) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), instead);
  };
  each([&](Random& random, const std::string& rules) {
    const auto policy = policy_of(rules);
    const auto text = policy_text(rules);
    const auto less_agreements =
        Policy::parse(without(text, "agreements: [processor_contract, hipaa_baa]",
                              "agreements: processor_contract"),
                      "policy.yaml");
    const auto less_categories = Policy::parse(
        without(text, "categories: [user.contact, user.unique_id]", "categories: user.unique_id"),
        "policy.yaml");
    ASSERT_TRUE(less_agreements && less_categories);
    for (int at = 0; at < questions_a_policy / 4; ++at) {
      const auto question = random_question(random);
      const auto before = shown(policy, question);
      expect_no_more(shown(*less_agreements, question), before, "an agreement less");
      expect_no_more(shown(*less_categories, question), before, "a category less");
    }
  });
}

TEST_F(FailClosed, another_deny_never_shows_more_and_another_allow_never_less) {
  each([&](Random& random, const std::string& rules) {
    const auto policy = policy_of(rules);
    const auto denied = policy_of(rules + random_rule(random, "more", false));
    const auto allowed = policy_of(random_rule(random, "more", true) + rules);
    for (int at = 0; at < questions_a_policy / 4; ++at) {
      const auto question = random_question(random);
      const auto before = shown(policy, question);
      expect_no_more(shown(denied, question), before, "another deny");
      expect_no_more(before, shown(allowed, question), "another allow");
    }
  });
}

}  // namespace
}  // namespace wakestream::policy
