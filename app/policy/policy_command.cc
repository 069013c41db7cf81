#include "app/policy/policy_command.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/output.h"
#include "app/policy/load_policy.h"
#include "policy/policy_diff.h"
#include "policy/proof.h"

namespace wakestream::app {

namespace {

template <class... Arguments>
void print(Output& output, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(output.line()), format, std::forward<Arguments>(arguments)...);
  output.end_line();
}

std::string joined(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

void print_counterexample(Output& output, const policy::Policy& policy,
                          const policy::Counterexample& found) {
  const auto& definition = policy.definition();
  const auto& where = found.circumstances;
  print(output, "    {} is {} ({}) for {}",
        found.category ? definition.categories.name(*found.category) : "an unknown category",
        to_string(found.verdict.action), policy.reason(found.verdict),
        definition.consumer_names.name(where.consumer));
  print(output, "    at {}, {}, {}, consent {}, on {}", definition.banners.name(where.banner),
        definition.jurisdictions.codes().name(where.jurisdiction),
        where.event == policy::other_event ? "any event that no rule names"
                                           : definition.events.name(where.event),
        to_string(where.consent), day_text(where.at));
}

}  // namespace

int policy_test_command(const std::string& config_path, const PolicyOptions& options,
                        Logger& logger) {
  const auto policy = load_policy(options.file, logger);
  if (!policy) return exit_problem;
  const auto shapes = load_shapes(*policy, config_path, options, logger);
  if (!shapes) return exit_problem;
  const auto& definition = policy->definition();
  Output output;
  for (const auto& field : shapes->unknown_fields)
    print(output,
          "{}: nobody may see it: it has neither a tag that is known nor a category in fields",
          field);
  print(output, "{}: {} tests pass; {} consumers, {} rules, {} claims; sha256 {}", options.file,
        definition.tests.size(), definition.consumers.size(), definition.rules.size(),
        definition.claims.size(), policy->hash());
  return exit_done;
}

int policy_prove_command(const PolicyOptions& options, Logger& logger) {
  const auto policy = load_policy(options.file, logger);
  if (!policy) return exit_problem;
  Output output;
  bool all_hold = true;
  for (const auto& proved : policy::prove(*policy)) {
    const bool holds = proved.failures == 0 && proved.cases > 0;
    all_hold = all_hold && holds;
    const auto& name = proved.claim->rule.name;
    if (proved.cases == 0)
      print(output, "empty  {}: it says nothing of any combination", name);
    else if (holds)
      print(output, "holds  {} ({} combinations)", name, proved.cases);
    else
      print(output, "fails  {} ({} of {} combinations)", name, proved.failures, proved.cases);
    if (proved.first) print_counterexample(output, *policy, *proved.first);
  }
  if (policy->definition().claims.empty()) print(output, "{} has no claims", options.file);
  return all_hold ? exit_done : exit_problem;
}

int policy_diff_command(const std::string& config_path, const PolicyDiffOptions& options,
                        Logger& logger) {
  const auto at = time_asked(options.policy, logger);
  if (!at) return exit_usage;
  const auto before = load_policy(options.policy.file, logger);
  const auto after = load_policy(options.after, logger);
  if (!before || !after) return exit_problem;
  const auto shapes_before = load_shapes(*before, config_path, options.policy, logger);
  const auto shapes_after = load_shapes(*after, config_path, options.policy, logger);
  if (!shapes_before || !shapes_after) return exit_problem;
  Output output;
  for (const auto& change : policy::diff(*before, *shapes_before, *after, *shapes_after, *at)) {
    print(output, "{} {} {} {}.{}: {} -> {}", change.gains() ? "+" : "-", change.consumer,
          change.gains() ? "gains" : "loses", change.event, change.field, to_string(change.before),
          to_string(change.after));
    std::set<std::string> consents;
    for (const auto state : change.consents) consents.emplace(to_string(state));
    print(output, "    banner {}; consent {}; {}", joined(change.banners), joined(consents),
          joined(change.jurisdictions));
  }
  return exit_done;
}

}  // namespace wakestream::app
