#include "mapping/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "mapping/date_functions.h"
#include "mapping/integer_functions.h"
#include "mapping/text_functions.h"

namespace wakestream::mapping {

namespace {

struct Advice {
  std::string_view name;
  std::string_view text;
};

// Functions of PostgreSQL whose value hangs on more than their arguments.
constexpr std::array advice{
    Advice{"concat",
           "it hangs on the session's settings: join texts with ||, and COALESCE for NULLs"},
    Advice{"concat_ws", "it hangs on the session's settings: join texts with ||"},
    Advice{"format", "it hangs on the session's settings: join texts with ||"},
    Advice{"initcap",
           "it hangs on the locale: lower(x COLLATE \"C\") and upper(x COLLATE \"C\") do not"},
    Advice{"to_char", "it hangs on the locale: cast to text, or select the value itself"},
    Advice{"now", "the event carries the commit time as its own attribute"},
    Advice{"age", "it hangs on today: subtract one date from the other"},
    Advice{"random", "an event is the same each time that it is made"},
    Advice{"nextval", "an event is the same each time that it is made"},
    Advice{"gen_random_uuid",
           "an event is the same each time that it is made: the event's id is unique"},
};

using Types = std::vector<const Type*>;

Types types_of(std::string_view names) {
  Types types;
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    types.push_back(&type_of_name(names.substr(0, comma)));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return types;
}

bool is_open(const Type& type) {
  return type.family == Family::any || type.family == Family::unknown;
}

// How well a value of one type fits where another is wanted: 2 exactly, 1 by an implicit cast, 0
// not at all. Literals of unknown type fit everything and say nothing.
int fit(const Type& given, const Type& wanted) {
  if (&given == &wanted || is_open(given)) return 2;
  if (given.family == Family::string && wanted.family == Family::string)
    return wanted.equality == Equality::blanks ? 0 : 1;
  if (given.family == Family::integer && &wanted == &types::numeric) return 1;
  if (&given == &types::date && &wanted == &types::timestamp) return 1;
  const bool widens = given.family == Family::integer && wanted.family == Family::integer;
  return widens && given.max <= wanted.max ? 1 : 0;
}

struct Candidate {
  const Function* function;
  Types args;
  int exact = 0;
};

std::vector<Candidate> best_candidates(std::string_view name, std::span<const Type* const> types) {
  std::vector<Candidate> best;
  for (const auto table : function_tables()) {
    for (const auto& function : table) {
      if (function.name != name) continue;
      Candidate candidate{&function, types_of(function.args)};
      if (candidate.args.size() != types.size()) continue;
      bool fits = true;
      for (std::size_t at = 0; at < types.size(); ++at) {
        const auto how = fit(*types[at], *candidate.args[at]);
        fits = fits && how > 0;
        candidate.exact += how == 2 ? 1 : 0;
      }
      if (!fits || (!best.empty() && candidate.exact < best.front().exact)) continue;
      if (!best.empty() && candidate.exact > best.front().exact) best.clear();
      best.push_back(std::move(candidate));
    }
  }
  return best;
}

bool is_arithmetic(std::string_view name) {
  return name.size() == 1 && std::string_view("+-*/%").find(name) != std::string_view::npos;
}

// Literals of unknown type: as text where a candidate takes text, as the other side where the
// operator has two of one type.
void settle_unknowns(std::string_view name, std::vector<Candidate>& candidates,
                     std::span<const Type* const> types) {
  for (std::size_t at = 0; at < types.size(); ++at) {
    if (candidates.size() < 2 && !is_arithmetic(name)) return;
    if (types[at]->family != Family::unknown) continue;
    const auto* other = types.size() == 2 ? types[1 - at] : nullptr;
    const auto* wanted = other != nullptr && !is_open(*other) ? other : &types::text;
    const auto takes = [&](const Candidate& one) { return one.args[at] == wanted; };
    if (is_arithmetic(name) || std::any_of(candidates.begin(), candidates.end(), takes))
      std::erase_if(candidates, [&](const Candidate& one) { return !takes(one); });
  }
}

std::string names_of(std::span<const Type* const> types) {
  std::string names;
  for (const auto* type : types)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", type->name);
  return names;
}

}  // namespace

std::span<const std::span<const Function>> function_tables() {
  static const std::array tables{text_functions(), integer_functions(), date_functions()};
  return tables;
}

bool is_function(std::string_view name) {
  for (const auto table : function_tables())
    for (const auto& function : table)
      if (function.name == name) return true;
  return false;
}

std::string_view advice_for_function(std::string_view name) {
  const auto* found = std::find_if(advice.begin(), advice.end(),
                                   [&](const Advice& one) { return one.name == name; });
  return found == advice.end() ? std::string_view{} : found->text;
}

tl::expected<ResolvedFunction, std::string> resolve_function(std::string_view name,
                                                             std::span<const Type* const> types) {
  auto candidates = best_candidates(name, types);
  settle_unknowns(name, candidates, types);
  const bool open = std::any_of(types.begin(), types.end(),
                                [](const Type* type) { return type->family == Family::any; });
  if (candidates.empty() || (candidates.size() > 1 && !open))
    return tl::unexpected(
        fmt::format("there is no {}({}) in rules: cast the arguments (docs/rules.md lists what is)",
                    name, names_of(types)));
  ResolvedFunction resolved;
  const auto& first = candidates.front();
  const auto same_result = [&](const Candidate& one) {
    return one.function->result == first.function->result;
  };
  const bool known = std::all_of(candidates.begin(), candidates.end(), same_result);
  resolved.result = known ? &type_of_name(first.function->result) : &types::any;
  if (candidates.size() > 1) return resolved;
  if (first.function->compute == nullptr)
    return tl::unexpected(
        fmt::format("{}({}) takes a regular expression, which rules do not have: write LIKE, "
                    "split_part, or a number without quotes",
                    name, first.function->args));
  resolved.function = first.function;
  std::copy(first.args.begin(), first.args.end(), resolved.args.begin());
  return resolved;
}

}  // namespace wakestream::mapping
