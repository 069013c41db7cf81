#include "emitters/http/item_results.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

std::optional<std::uint64_t> whole_number(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

class ResultsJudge {
 public:
  ResultsJudge(const ItemResults& results, std::span<const BatchItem> items, const Outcome& whole,
               const std::optional<std::chrono::seconds>& retry_after)
      : results_(results), items_(items), whole_(whole), retry_after_(retry_after) {
    found_.resize(items.size());
    if (results.by != ItemResults::By::id) return;
    for (std::size_t at = 0; at < items.size(); ++at) places_.emplace(items[at].echoed, at);
  }

  std::vector<Outcome> judge(const Answer& answer) {
    if (answer.too_large) return all_unknown(" with a body larger than answer_bytes_max");
    std::optional<std::string_view> list;
    if (!answer.body.empty()) {
      if (!mapping::is_json(answer.body)) return all_unknown(" with a body that is not JSON");
      list = results_.list ? results_.list->find(answer.body) : answer.body;
    }
    if (list && *list != "null") {
      const auto count =
          mapping::each_json_item(*list, [this](std::string_view result) { take(result); });
      if (!count) return all_unknown(", and where its results should be is no list");
      if (results_.by == ItemResults::By::position && seen_ != items_.size())
        return all_unknown(" with another number of results than of events");
    }
    std::vector<Outcome> outcomes;
    outcomes.reserve(items_.size());
    for (auto& found : found_) outcomes.push_back(found ? std::move(*found) : unnamed());
    return outcomes;
  }

 private:
  void take(std::string_view result) {
    const auto place = place_of(result);
    ++seen_;
    if (!place) {
      strangers_ = true;
      return;
    }
    auto outcome = judged(result);
    auto& found = found_[*place];
    if (found && found->verdict != outcome.verdict)
      outcome = made(Verdict::unknown, ", and its results of this event disagree");
    found = std::move(outcome);
  }

  std::optional<std::size_t> place_of(std::string_view result) const {
    if (results_.by == ItemResults::By::position)
      return seen_ < items_.size() ? std::optional(seen_) : std::nullopt;
    const auto value = results_.name->find(result);
    if (!value) return std::nullopt;
    const auto name = plain_text(*value);
    if (results_.by == ItemResults::By::index) {
      const auto number = whole_number(name);
      return number && *number < items_.size() ? std::optional<std::size_t>(*number) : std::nullopt;
    }
    const auto place = places_.find(name);
    return place != places_.end() ? std::optional(place->second) : std::nullopt;
  }

  Outcome judged(std::string_view result) const {
    const auto status = status_of(result);
    for (std::size_t at = 0; at < results_.answers.size(); ++at) {
      const auto& rule = results_.answers[at];
      if (!fits(rule, status, result)) continue;
      return made(rule.means,
                  fmt::format(", batch.results.answers[{}]{}", at,
                              rule.field ? " by " + rule.field->text() : ""),
                  status);
    }
    if (status == 0) return made(Verdict::unknown, ", and no rule fits its result of this event");
    return made(meaning_of(status, false), fmt::format(", and {} of this event", status), status);
  }

  // 0: it has none.
  int status_of(std::string_view result) const {
    if (!results_.status) return 0;
    const auto value = results_.status->find(result);
    const auto number = value ? whole_number(plain_text(*value)) : std::nullopt;
    return number && *number >= 200 && *number <= 599 ? static_cast<int>(*number) : 0;
  }

  Outcome unnamed() const {
    if (strangers_ && results_.unnamed == Verdict::delivered)
      return made(Verdict::unknown, ", and has a result of nobody in the request");
    return made(results_.unnamed, ", and has no result of this event");
  }

  Outcome made(Verdict verdict, std::string_view words, int status = 0) const {
    Outcome outcome{.verdict = verdict, .status = status != 0 ? status : whole_.status};
    if (comes_again(verdict)) outcome.retry_after = retry_after_;
    outcome.reason = fmt::format(
        "{}{}{}", verdict == Verdict::delivered ? "" : "partial success: ", whole_.reason, words);
    return outcome;
  }

  std::vector<Outcome> all_unknown(std::string_view words) const {
    Outcome outcome{.verdict = Verdict::unknown, .status = whole_.status};
    outcome.retry_after = retry_after_;
    outcome.reason = fmt::format("{}{}", whole_.reason, words);
    return std::vector<Outcome>(items_.size(), outcome);
  }

  const ItemResults& results_;
  std::span<const BatchItem> items_;
  const Outcome& whole_;
  const std::optional<std::chrono::seconds>& retry_after_;
  std::unordered_map<std::string_view, std::size_t> places_;  // of id
  std::vector<std::optional<Outcome>> found_;
  std::size_t seen_ = 0;
  bool strangers_ = false;
};

}  // namespace

BatchJudgement judge_items(const Recipe& recipe, const Answer& answer,
                           std::span<const BatchItem> items, std::chrono::sys_seconds now) {
  BatchJudgement judgement;
  auto whole = judge(recipe.answers, answer, now);
  const auto& results = recipe.batch->results;
  if (whole.verdict == Verdict::delivered && results) {
    judgement.outcomes =
        ResultsJudge(*results, items, whole, asked_to_wait(answer, now)).judge(answer);
  } else {
    judgement.apart = whole.verdict == Verdict::park && items.size() > 1;
    if (judgement.apart) {
      whole.verdict = Verdict::retry;
      whole.reason += ", to a batch: each of its events is tried alone";
    }
    judgement.outcomes.assign(items.size(), whole);
  }
  for (std::size_t at = 0; at < items.size(); ++at)
    judgement.outcomes[at].ticket = items[at].ticket;
  return judgement;
}

}  // namespace wakestream::emitters
