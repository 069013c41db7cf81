// What a verdict costs: one event for one consumer, every field of it judged; and its redaction.
//
//   wakestream_policy_bench [--policy examples/policy.yaml] [--rules sql/rules/customer.sql]
//
// Prints one JSON object, nanoseconds; best of several rounds, since what disturbs a round only
// ever makes it slower. One thread.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/redaction.h"
#include "policy/rule_shapes.h"

namespace {

using wakestream::policy::EventFacts;
using wakestream::policy::EventShape;
using wakestream::policy::KeyRing;
using wakestream::policy::Policy;
using wakestream::policy::Verdict;

constexpr int rounds = 7;
constexpr int repetitions = 200;

constexpr std::string_view payload =
    R"({"account_id":"3f0e4c1a-0000-4000-8000-000000000001","version":7,"banner":"banner-a",)"
    R"("jurisdiction":"DE","consent":{"email":true,"sms":true,"share":true,"push":true},)"
    R"("parent_id":null,"email":"ada.lovelace@example.com","phone":"+491701234567",)"
    R"("address":{"street":"Example Street 1","city":"Berlin","postcode":"10115"},)"
    R"("tier":"gold","created_at":"2026-06-01T10:00:00Z"})";

template <class Round>
double nanoseconds_a_verdict(std::size_t verdict_count, Round&& round) {
  double best = std::numeric_limits<double>::max();
  for (int number = 0; number < rounds; ++number) {
    const auto begin = std::chrono::steady_clock::now();
    round();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    best = std::min(best, taken.count() / static_cast<double>(verdict_count));
  }
  return best;
}

struct Asked {
  const EventShape* shape;
  std::string_view place;
  std::string_view consent;
};

std::vector<Asked> questions(const wakestream::policy::EventShapes& shapes) {
  std::vector<Asked> all;
  for (const auto& [type, shape] : shapes.by_type)
    for (const auto* const place : {"DE", "US-CA", "US-AL", "GB", "CA-QC"})
      for (const auto* const consent :
           {R"({"email":true,"sms":true,"share":true,"as_of":"2026-01-01"})",
            R"({"email":false,"sms":"not_asked"})", "null"})
        all.push_back({&shape, place, consent});
  return all;
}

EventFacts facts_of(const Policy& policy, const Asked& one) {
  return policy.facts(one.shape, {"banner-a", one.place, one.consent,
                                  std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}});
}

int run(const std::string& policy_path, const std::string& rules_path) {
  setenv("WAKESTREAM_AUDIENCES_KEY", "a key for measurements alone", 0);
  const auto policy = Policy::load(policy_path);
  if (!policy) throw std::runtime_error(policy.error().front().message);
  const std::vector<std::string> paths{rules_path};
  const auto rules = wakestream::mapping::RuleSet::load(paths);
  if (!rules) throw std::runtime_error(rules.error().front().message);
  const auto shapes = shapes_of(*policy, *rules);
  const auto keys = KeyRing::open(*policy);
  if (!keys) throw std::runtime_error(keys.error().front().message);
  const auto asked = questions(shapes);
  const auto consumer_count = policy->definition().consumers.size();
  const auto verdict_count = asked.size() * consumer_count * repetitions;

  Verdict verdict;
  std::uint64_t field_count = 0;
  const auto verdict_ns = nanoseconds_a_verdict(verdict_count, [&] {
    field_count = 0;
    for (int again = 0; again < repetitions; ++again)
      for (const auto& one : asked) {
        const auto facts = facts_of(*policy, one);
        for (std::size_t consumer = 0; consumer < consumer_count; ++consumer) {
          policy->judge(facts, static_cast<std::uint16_t>(consumer), one.shape->fields,
                        one.shape->subject, verdict);
          field_count += verdict.fields.size();
        }
      }
  });
  // The event looked up anew for each consumer: what one worker a consumer does.
  const auto alone_ns = nanoseconds_a_verdict(verdict_count, [&] {
    for (int again = 0; again < repetitions; ++again)
      for (const auto& one : asked)
        for (std::size_t consumer = 0; consumer < consumer_count; ++consumer)
          policy->judge(facts_of(*policy, one), static_cast<std::uint16_t>(consumer),
                        one.shape->fields, one.shape->subject, verdict);
  });
  const auto created = shapes.by_type.find("customer.created");
  if (created == shapes.by_type.end()) throw std::runtime_error("no rule makes customer.created");
  const auto redacted = [&](const char* consumer) {
    const auto facts =
        facts_of(*policy, {&created->second, "DE", R"({"email":true,"share":true})"});
    const auto told = policy->judge(facts, policy->consumer(consumer), created->second);
    std::string out;
    return nanoseconds_a_verdict(10'000, [&] {
      for (int again = 0; again < 10'000; ++again) {
        out.clear();
        if (!redact(*policy, *keys, created->second, told, payload, out).readable)
          throw std::runtime_error("the payload cannot be read");
      }
    });
  };
  fmt::print(
      "{{\"verdict\": {:.0f}, \"verdict, event looked up for it\": {:.0f}, \"fields a verdict\": "
      "{:.1f}, "
      "\"redact, all passes\": {:.0f}, \"redact, three HMACs\": {:.0f}}}\n",
      verdict_ns, alone_ns, static_cast<double>(field_count) / static_cast<double>(verdict_count),
      redacted("loyalty"), redacted("audiences"));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What a verdict costs");
  std::string policy_path = "examples/policy.yaml";
  std::string rules_path = "sql/rules/customer.sql";
  app.add_option("--policy", policy_path, "a policy");
  app.add_option("--rules", rules_path, "the rules that make the events");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(policy_path, rules_path);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "wakestream_policy_bench: {}\n", failed.what());
    return 1;
  }
}
