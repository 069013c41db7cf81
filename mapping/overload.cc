#include "mapping/overload.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace wakestream::mapping {

namespace {

using Types = std::vector<const Type*>;
using Given = std::span<const Type* const>;

Types types_of(std::string_view names) {
  Types types;
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    types.push_back(&type_of_name(names.substr(0, comma)));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return types;
}

// What of numbers and of moments becomes what by itself: the lower the higher. 0: neither.
int rank_of(const Type& type) {
  const std::array ranks{&types::int2,    &types::int4,      &types::int8,
                         &types::numeric, &types::float4,    &types::float8,
                         &types::date,    &types::timestamp, &types::timestamptz};
  const auto* found = std::find(ranks.begin(), ranks.end(), &type);
  return found == ranks.end() ? 0 : static_cast<int>(found - ranks.begin()) + 1;
}

// Types of one category stand in for each other: numbers, texts, moments, and each other one alone.
const Type* category_of(const Type& type) {
  if (type.family == Family::string) return &types::text;
  const auto rank = rank_of(type);
  if (rank == 0) return &type;
  return rank <= rank_of(types::float8) ? &types::float8 : &types::timestamptz;
}

// The one that PostgreSQL would rather convert to.
bool is_preferred(const Type& type) { return category_of(type) == &type; }

bool converts_by_itself(const Type& given, const Type& wanted) {
  if (given.family == Family::string && wanted.family == Family::string)
    return wanted.equality != Equality::blanks;
  return category_of(given) == category_of(wanted) && rank_of(given) < rank_of(wanted);
}

struct Candidate {
  const Function* function;
  Types args;
};

bool fits(const Candidate& candidate, Given types) {
  if (candidate.args.size() != types.size()) return false;
  for (std::size_t at = 0; at < types.size(); ++at) {
    const auto& given = *types[at];
    const auto& wanted = *candidate.args[at];
    const bool open = given.family == Family::any || given.family == Family::unknown;
    if (!open && &given != &wanted && !converts_by_itself(given, wanted)) return false;
  }
  return true;
}

std::vector<Candidate> fitting_candidates(std::string_view name, Given types) {
  std::vector<Candidate> candidates;
  for (const auto table : function_tables()) {
    for (const auto& function : table) {
      if (function.name != name) continue;
      Candidate candidate{&function, types_of(function.args)};
      if (fits(candidate, types)) candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

// Keeps those of which the count is the largest.
template <class Count>
void keep_best(std::vector<Candidate>& candidates, const Count& count) {
  std::ptrdiff_t best = 0;
  for (const auto& one : candidates) best = std::max(best, count(one));
  std::erase_if(candidates, [&](const Candidate& one) { return count(one) < best; });
}

// At how many places is that so, of the type that is given and the one that is wanted?
template <class Holds>
std::ptrdiff_t places(const Candidate& candidate, Given types, const Holds& holds) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = 0; at < types.size(); ++at)
    count += types[at]->family != Family::unknown && holds(*types[at], *candidate.args[at]) ? 1 : 0;
  return count;
}

// A literal of unknown type is a text where any candidate takes one, and else of the category that
// all of them take; there, of the preferred type. False: they do not agree.
bool settle_by_category(std::vector<Candidate>& candidates, Given types) {
  auto settled = candidates;
  for (std::size_t at = 0; at < types.size(); ++at) {
    if (types[at]->family != Family::unknown) continue;
    const auto takes = [at](const Type* category) {
      return
          [at, category](const Candidate& one) { return category_of(*one.args[at]) == category; };
    };
    const auto* first = category_of(*candidates.front().args[at]);
    const bool any_text = std::any_of(candidates.begin(), candidates.end(), takes(&types::text));
    if (!any_text && !std::all_of(candidates.begin(), candidates.end(), takes(first))) return false;
    std::erase_if(settled, std::not_fn(takes(any_text ? &types::text : first)));
    keep_best(settled, [at](const Candidate& one) -> std::ptrdiff_t {
      return is_preferred(*one.args[at]) ? 1 : 0;
    });
  }
  candidates = std::move(settled);
  return true;
}

// A literal of unknown type is of the one type that all other arguments are of.
void settle_by_others(std::vector<Candidate>& candidates, Given types) {
  const Type* other = nullptr;
  for (const auto* type : types) {
    if (type->family == Family::unknown) continue;
    if (other != nullptr && other != type) return;
    other = type;
  }
  if (other == nullptr) return;
  const Types assumed(types.size(), other);
  std::erase_if(candidates, [&](const Candidate& one) { return !fits(one, assumed); });
}

bool is_operator(std::string_view name) { return name.find_first_of("+-*/%~^") != name.npos; }

void narrow(std::vector<Candidate>& candidates, std::string_view name, Given types) {
  const auto is_unknown = [](const Type* type) { return type->family == Family::unknown; };
  const auto unknown_count = std::count_if(types.begin(), types.end(), is_unknown);
  if (is_operator(name) && types.size() == 2 && unknown_count == 1) {
    const auto* other = is_unknown(types[0]) ? types[1] : types[0];
    const auto same = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& one) {
      return one.args[0] == other && one.args[1] == other;
    });
    if (same != candidates.end()) {
      candidates = {*same};
      return;
    }
  }
  keep_best(candidates, [&](const Candidate& one) {
    return places(one, types,
                  [](const Type& given, const Type& wanted) { return &given == &wanted; });
  });
  keep_best(candidates, [&](const Candidate& one) {
    return places(one, types, [](const Type& given, const Type& wanted) {
      return &given != &wanted && is_preferred(wanted);
    });
  });
  if (candidates.size() < 2 || unknown_count == 0) return;
  if (!settle_by_category(candidates, types) || candidates.size() > 1)
    settle_by_others(candidates, types);
}

// "a + b", "- a", "f(a, b)"
std::string call_of(std::string_view name, Given types) {
  std::vector<std::string_view> names;
  names.reserve(types.size());
  for (const auto* type : types) names.push_back(type->name);
  if (!is_operator(name)) return fmt::format("{}({})", name, fmt::join(names, ", "));
  const auto sign = name == "~~" ? "LIKE" : name == "!~~" ? "NOT LIKE" : name;
  return names.size() == 2 ? fmt::format("{} {} {}", names[0], sign, names[1])
                           : fmt::format("{} {}", sign, fmt::join(names, ", "));
}

std::string no_overload(std::string_view name, Given types) {
  const bool unknown = std::any_of(
      types.begin(), types.end(), [](const Type* type) { return type->family == Family::unknown; });
  return fmt::format(
      "there is no {} in rules: {} (docs/rules.md lists what is)", call_of(name, types),
      unknown ? "give each literal its type, '1 day'::interval" : "cast the arguments");
}

// PostgreSQL would call this one.
std::string refusal_of(const Candidate& candidate) {
  const auto call = call_of(candidate.function->name, candidate.args);
  const auto takes = [&](const Type& type) {
    return std::find(candidate.args.begin(), candidate.args.end(), &type) != candidate.args.end();
  };
  if (takes(types::timestamptz))
    return fmt::format(
        "{} hangs on the session's TimeZone: give it (new.x AT TIME ZONE 'UTC'), or a date as "
        "new.x::timestamp",
        call);
  if (takes(types::float8))
    return fmt::format("{} is floating point, which rules do not calculate: {}", call,
                       takes(types::interval) ? "multiply an interval by a whole number"
                                              : "cast the argument, new.x::numeric");
  return fmt::format(
      "{} takes a regular expression, which rules do not have: write LIKE, "
      "split_part, or a number without quotes",
      call);
}

}  // namespace

tl::expected<Overload, std::string> overload_of(std::string_view name, Given types) {
  auto candidates = fitting_candidates(name, types);
  const bool open = std::any_of(types.begin(), types.end(),
                                [](const Type* type) { return type->family == Family::any; });
  if (!open) narrow(candidates, name, types);
  if (candidates.empty() || (candidates.size() > 1 && !open))
    return tl::unexpected(no_overload(name, types));
  Overload overload;
  const auto& first = candidates.front();
  const auto same_result = [&](const Candidate& one) {
    return one.function->result == first.function->result;
  };
  const bool known = std::all_of(candidates.begin(), candidates.end(), same_result);
  overload.result = known ? &type_of_name(first.function->result) : &types::any;
  if (candidates.size() > 1) return overload;
  if (first.function->compute == nullptr) return tl::unexpected(refusal_of(first));
  overload.function = first.function;
  std::copy(first.args.begin(), first.args.end(), overload.args.begin());
  return overload;
}

}  // namespace wakestream::mapping
