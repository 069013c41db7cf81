#include "app/init/questions.h"

#include <fmt/format.h>

#include <algorithm>

namespace wakestream::init {

namespace {

constexpr std::size_t shown_max = 5;

class Asking {
 public:
  Asking(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

  // The answer, or `proposed` for an empty line; nothing when the input has ended.
  std::optional<std::string> ask(const std::string& question, const std::string& proposed) {
    out_ << fmt::format("{} [{}]: ", question, proposed) << std::flush;
    std::string answer;
    if (!std::getline(in_, answer)) return std::nullopt;
    while (!answer.empty() && (answer.back() == ' ' || answer.back() == '\r')) answer.pop_back();
    return answer.empty() ? proposed : answer;
  }

  void say(const std::string& sentence) { out_ << sentence << '\n'; }

 private:
  std::istream& in_;
  std::ostream& out_;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while (at <= list.size()) {
    const auto end = std::min(list.find(',', at), list.size());
    auto name = list.substr(at, end - at);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    if (!name.empty()) names.push_back(std::move(name));
    at = end + 1;
  }
  return names;
}

const tl::unexpected<std::string> ended{std::string("the input ended before the last answer")};

}  // namespace

tl::expected<Choices, std::string> ask(const cdc::Catalog& catalog, Choices choices,
                                       std::istream& in, std::ostream& out) {
  Asking asking(in, out);
  if (!choices.account_table) {
    const auto candidates = account_candidates(catalog);
    if (!candidates.empty()) asking.say("Tables that could hold the accounts:");
    for (std::size_t at = 0; at < std::min(candidates.size(), shown_max); ++at)
      asking.say(fmt::format("  {}.{}", candidates[at]->name.schema, candidates[at]->name.name));
    const auto proposed = candidates.empty()
                              ? std::string()
                              : candidates[0]->name.schema + "." + candidates[0]->name.name;
    choices.account_table = asking.ask("Account table", proposed);
    if (!choices.account_table) return ended;
  }
  struct Question {
    const char* text;
    std::optional<std::string> Choices::* choice;
    std::optional<std::string> Proposal::* proposed;
  };
  auto proposal = propose(catalog, choices);
  if (!proposal) return tl::make_unexpected(proposal.error());
  if (!choices.key) {
    choices.key = asking.ask("Its key", proposal->key);
    if (!choices.key) return ended;
  }
  for (const auto& [text, choice, proposed] :
       {Question{"Column of the banner (brand), - for none", &Choices::banner, &Proposal::banner},
        Question{"Column of the parent (household, person), - for none", &Choices::parent,
                 &Proposal::parent},
        Question{"Column of the jurisdiction, - for none", &Choices::jurisdiction,
                 &Proposal::jurisdiction},
        Question{"Column of the consent, - for none", &Choices::consent, &Proposal::consent}}) {
    if (choices.*choice) continue;
    choices.*choice = asking.ask(text, ((*proposal).*proposed).value_or("-"));
    if (!(choices.*choice)) return ended;
  }
  proposal = propose(catalog, choices);
  if (!proposal) return tl::make_unexpected(proposal.error());
  if (choices.tables || proposal->attached.empty()) return choices;
  std::string names;
  for (const auto& attached : proposal->attached)
    names += fmt::format("{}{}.{}", names.empty() ? "" : ", ", attached.table->name.schema,
                         attached.table->name.name);
  const auto answer = asking.ask("Tables that hang on it, - for none", names);
  if (!answer) return ended;
  if (*answer != names)
    choices.tables = *answer == "-" ? std::vector<std::string>() : split(*answer);
  return choices;
}

}  // namespace wakestream::init
