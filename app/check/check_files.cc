// The configuration and the rules as files.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/config_edit.h"

namespace wakestream::check {

namespace {

constexpr unsigned readable_by_others = 0077;

std::string place_of(const app::ConfigProblem& problem) {
  return problem.line == 0 ? problem.file
                           : fmt::format("{}:{}:{}", problem.file, problem.line, problem.column);
}

void check_config(const CheckFacts& facts, Findings& findings) {
  const auto& file = facts.config_file;
  if (!file.readable) {
    findings.add("config_unreadable", file.path, "the configuration cannot be read",
                 {command("wakestream init --url \"$YOUR_DATABASE_URL\""),
                  advice("or name another file with --config")});
    return;
  }
  for (const auto& problem : facts.config_problems) {
    std::vector<Mend> mends;
    if (!problem.instead.empty() && problem.file == file.path) {
      if (auto edit = replace_at(file, problem.line, problem.column,
                                 word_at(file, problem.line, problem.column), problem.instead))
        mends.push_back(std::move(*edit));
    }
    mends.push_back(advice("docs/configuration.md lists every key, its type and its default"));
    findings.add("config_invalid", place_of(problem), problem.message, std::move(mends));
  }
}

// A password in the file itself, and a file that others may read.
void check_secret(const CheckFacts& facts, Findings& findings) {
  const auto& file = facts.config_file;
  if (!facts.target || !facts.target->holds_password || (file.mode & readable_by_others) == 0)
    return;
  const bool by_reference = file.text.find("${") != std::string::npos;
  if (by_reference) return;
  findings.add("config_readable", file.path,
               "the file holds a password, and others on this machine may read it",
               {command(fmt::format("chmod 600 '{}'", file.path)),
                advice("or take the password from the environment or a file: ${env:NAME}, "
                       "${file:PATH}")});
}

void check_rules(const CheckFacts& facts, Findings& findings) {
  for (const auto& problem : facts.rule_problems) {
    findings.add("rule_invalid",
                 problem.line == 0
                     ? problem.file
                     : fmt::format("{}:{}:{}", problem.file, problem.line, problem.column),
                 problem.rule.empty() ? problem.message
                                      : fmt::format("rule {}: {}", problem.rule, problem.message),
                 {advice("docs/rules.md shows what a rule may say")});
  }
}

void check_policy(const CheckFacts& facts, Findings& findings) {
  for (const auto& problem : facts.policy_problems) {
    findings.add("policy_invalid", place_of(problem), problem.message,
                 {advice("docs/policy.md shows what a policy may say, docs/publish.md what public "
                         "topics need of it")});
  }
}

void check_delivery(const CheckFacts& facts, Findings& findings) {
  for (const auto& problem : facts.delivery_problems) {
    findings.add("delivery_invalid", place_of(problem), problem.message,
                 {advice("docs/consumers.md shows what a consumer and its recipe may say, "
                         "docs/policy.md what a policy may")});
  }
}

}  // namespace

void check_files(const CheckFacts& facts, Findings& findings) {
  check_config(facts, findings);
  check_secret(facts, findings);
  check_rules(facts, findings);
  check_policy(facts, findings);
  check_delivery(facts, findings);
}

}  // namespace wakestream::check
