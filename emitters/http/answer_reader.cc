#include <fmt/format.h>

#include <charconv>

#include "emitters/http/recipe_reader.h"

namespace wakestream::emitters {

namespace {

constexpr std::size_t rules_max = 100;
constexpr Verdict verdicts[] = {Verdict::delivered, Verdict::unknown, Verdict::retry,
                                Verdict::throttle,  Verdict::park,    Verdict::disable};

std::optional<int> status_of(std::string_view digits) {
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && status >= 200 && status <= 599 ? std::optional(status) : std::nullopt;
}

// "200", "2xx" or "400-404".
std::optional<StatusRange> range_of(std::string_view word) {
  if (word.size() == 3 && word.ends_with("xx") && word[0] >= '2' && word[0] <= '5')
    return StatusRange{(word[0] - '0') * 100, (word[0] - '0') * 100 + 99};
  const auto dash = word.find('-');
  const auto first = status_of(word.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : status_of(word.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

// Calls `take` with each word of a text or of a list of texts; false: it is neither.
template <class Take>
bool each_word(const YAML::Node& node, const Take& take) {
  if (node.IsScalar()) {
    take(node);
    return true;
  }
  if (!node.IsSequence() || node.size() == 0) return false;
  for (const auto& entry : node) {
    if (!entry.IsScalar()) return false;
    take(entry);
  }
  return true;
}

class AnswerReader {
 public:
  AnswerReader(RulesOf of, yaml::Problems& problems) : of_(of), problems_(problems) {}

  AnswerRule read(const YAML::Node& node, const std::string& where) {
    yaml::YamlSection section(node, where, problems_);
    AnswerRule rule;
    if (node.IsMap()) {
      read_statuses(section, where, rule);
      read_field(section, where, rule);
      read_meaning(section, where, rule);
    }
    section.finish();
    return rule;
  }

 private:
  void read_statuses(yaml::YamlSection& section, const std::string& where, AnswerRule& rule) {
    const auto wrong = [&](const YAML::Mark& mark) {
      problems_.add(
          mark,
          fmt::format(
              "{}.status must be a status from 200 to 599, 2xx, or 400-404, or a list of them",
              where));
    };
    if (!section.has("status")) {
      if (of_ == RulesOf::answer)
        problems_.add(section.mark("status"), fmt::format("{}.status is missing", where));
      return;
    }
    if (of_ == RulesOf::result) {
      problems_.add(
          section.mark("status"),
          fmt::format("{}.status: a result has one where batch.results.status says", where));
      return;
    }
    const bool words = each_word(section.node("status"), [&](const YAML::Node& word) {
      if (const auto range = range_of(word.Scalar()))
        rule.statuses.push_back(*range);
      else
        wrong(word.Mark());
    });
    if (!words) wrong(section.mark("status"));
  }

  void read_field(yaml::YamlSection& section, const std::string& where, AnswerRule& rule) {
    if (section.has("field")) {
      const auto text = section.text("field");
      rule.field = JsonPath::parse(text);
      if (!rule.field && !text.empty())
        problems_.add(
            section.mark("field"),
            fmt::format("{}.field must be names joined by dots, such as errors.0.code", where));
    }
    if (!section.has("is")) return;
    if (!section.has("field"))
      problems_.add(section.mark("is"),
                    fmt::format("{}.is needs a field whose value it is", where));
    if (!each_word(section.node("is"),
                   [&](const YAML::Node& word) { rule.values.push_back(word.Scalar()); }))
      problems_.add(section.mark("is"),
                    fmt::format("{}.is must be a word or a list of words", where));
  }

  void read_meaning(yaml::YamlSection& section, const std::string& where, AnswerRule& rule) {
    const auto word = section.text("means");
    if (const auto verdict = verdict_of(word)) {
      rule.means = *verdict;
    } else if (!word.empty())
      problems_.add(
          section.mark("means"),
          fmt::format("{}.means must be delivered, unknown, retry, throttle, park or disable",
                      where));
  }

  RulesOf of_;
  yaml::Problems& problems_;
};

}  // namespace

std::optional<Verdict> verdict_of(std::string_view word) {
  for (const auto verdict : verdicts)
    if (word == to_string(verdict)) return verdict;
  return std::nullopt;
}

std::vector<AnswerRule> read_answers(const YAML::Node& node, const std::string& where, RulesOf of,
                                     yaml::Problems& problems) {
  std::vector<AnswerRule> rules;
  if (!node.IsSequence()) {
    problems.add(node.Mark(), fmt::format("{} must be a list of rules", where));
    return rules;
  }
  if (node.size() > rules_max) {
    problems.add(node.Mark(), fmt::format("{} has more than {} rules", where, rules_max));
    return rules;
  }
  AnswerReader reader(of, problems);
  for (const auto& entry : node)
    rules.push_back(reader.read(entry, fmt::format("{}[{}]", where, rules.size())));
  return rules;
}

}  // namespace wakestream::emitters
