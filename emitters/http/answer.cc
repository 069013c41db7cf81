#include "emitters/http/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "emitters/http/retry_after.h"
#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

bool is_something(std::string_view json_value) {
  std::string compact;
  mapping::append_compact(json_value, compact);
  constexpr std::string_view nothing[] = {"null", "false", "0", "\"\"", "[]", "{}"};
  return std::find(std::begin(nothing), std::end(nothing), compact) == std::end(nothing);
}

bool has_status(const AnswerRule& rule, int status) {
  return rule.statuses.empty() ||
         std::any_of(rule.statuses.begin(), rule.statuses.end(), [&](const auto& range) {
           return range.first <= status && status <= range.last;
         });
}

bool has_value(const AnswerRule& rule, std::string_view body) {
  const auto value = rule.field->find(body);
  if (!value) return false;
  if (rule.values.empty()) return is_something(*value);
  const auto text = plain_text(*value);
  return std::find(rule.values.begin(), rule.values.end(), text) != rule.values.end();
}

}  // namespace

bool fits(const AnswerRule& rule, int status, std::string_view body) {
  return has_status(rule, status) && (!rule.field || has_value(rule, body));
}

bool comes_again(Verdict verdict) {
  return verdict == Verdict::retry || verdict == Verdict::throttle || verdict == Verdict::unknown;
}

std::optional<std::chrono::seconds> asked_to_wait(const Answer& answer,
                                                  std::chrono::sys_seconds now) {
  return parse_retry_after(answer.retry_after, now);
}

Verdict meaning_of(int status, bool says_when) {
  if (status >= 200 && status < 300) return Verdict::delivered;
  if (status == 410) return Verdict::disable;
  if (status == 429 || (status == 503 && says_when)) return Verdict::throttle;
  if (status == 502 || status == 504) return Verdict::unknown;
  if (status >= 500 || status == 401 || status == 403 || status == 407 || status == 408 ||
      status == 425)
    return Verdict::retry;
  return Verdict::park;
}

Outcome judge(std::span<const AnswerRule> rules, const Answer& answer,
              std::chrono::sys_seconds now) {
  Outcome outcome;
  outcome.status = answer.status;
  const auto after = asked_to_wait(answer, now);
  outcome.verdict = meaning_of(answer.status, after.has_value());
  outcome.reason = fmt::format("it answered {}", answer.status);
  const bool redirects = answer.status >= 300 && answer.status < 400 && answer.status != 304;
  if (redirects) outcome.reason += ", which leads elsewhere and is not followed";
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const auto& rule = rules[at];
    if (!has_status(rule, answer.status)) continue;
    if (rule.field) {
      // An empty body has no fields. One that cannot be read may have any.
      if (!answer.body.empty() && (answer.too_large || !mapping::is_json(answer.body))) {
        outcome.verdict = Verdict::unknown;
        outcome.reason += answer.too_large ? " with a body larger than answer_bytes_max"
                                           : " with a body that is not JSON";
        break;
      }
      if (!has_value(rule, answer.body)) continue;
    }
    outcome.verdict = rule.means;
    outcome.reason +=
        fmt::format(": answers[{}]{}", at, rule.field ? " by " + rule.field->text() : "");
    break;
  }
  if (comes_again(outcome.verdict)) outcome.retry_after = after;
  return outcome;
}

}  // namespace wakestream::emitters
