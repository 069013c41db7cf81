#include "policy/file_tests.h"

#include <fmt/format.h>

#include "policy/policy.h"

namespace wakestream::policy {

namespace {

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

class OneTest {
 public:
  OneTest(const Policy& policy, const PolicyTest& test, std::vector<TestFailure>& failures)
      : policy_(policy), test_(test), failures_(failures) {}

  void run() {
    std::vector<TaggedField> fields;
    fields.reserve(test_.fields.size());
    for (const auto& field : test_.fields) fields.push_back({field.name, field.tags});
    const auto shape = policy_.shape(test_.event.value_or(""), fields);
    const auto facts = policy_.facts(
        test_.event ? &shape : nullptr,
        {view(test_.banner), view(test_.jurisdiction), view(test_.consent_json), test_.at});
    const auto verdict = policy_.judge(facts, policy_.consumer(test_.consumer), shape);
    if (verdict.withheld() != test_.withheld)
      return fail(test_.place, verdict.withheld() ? "the event is withheld" : "the event goes out",
                  verdict.event);
    if (verdict.withheld()) return judge_reason(test_.place, verdict.event);
    for (std::size_t at = 0; at < test_.fields.size(); ++at) {
      const auto& expected = test_.fields[at];
      const auto& given = verdict.fields[at];
      if (!expected.action) continue;
      if (*expected.action != given.action) {
        fail(expected.place,
             fmt::format("{} is {} and not {}", expected.name, to_string(given.action),
                         to_string(*expected.action)),
             given);
      } else {
        judge_reason(expected.place, given);
      }
    }
  }

 private:
  void judge_reason(const Place& place, const FieldVerdict& given) {
    if (!test_.because) return;
    const auto word = given.cause == Cause::rule ? policy_.definition().rules[given.rule].name
                                                 : std::string(to_string(given.cause));
    if (word != *test_.because)
      fail(place, fmt::format("the reason is not {}", *test_.because), given);
  }

  void fail(const Place& place, const std::string& what, const FieldVerdict& given) {
    const bool has_reason = given.action == Action::withhold || given.cause != Cause::no_rule ||
                            given.action != Action::pass;
    failures_.push_back({fmt::format("the test \"{}\" fails: {}{}", test_.name, what,
                                     has_reason ? " (" + policy_.reason(given) + ")" : ""),
                         place});
  }

  const Policy& policy_;
  const PolicyTest& test_;
  std::vector<TestFailure>& failures_;
};

}  // namespace

std::vector<TestFailure> run_file_tests(const Policy& policy) {
  std::vector<TestFailure> failures;
  for (const auto& test : policy.definition().tests) OneTest(policy, test, failures).run();
  return failures;
}

}  // namespace wakestream::policy
