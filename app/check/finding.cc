#include "app/check/finding.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace wakestream::check {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "error";
}

namespace {

Mend mend_of(Mend::Kind kind, std::string text) {
  Mend mend;
  mend.kind = kind;
  mend.text = std::move(text);
  return mend;
}

}  // namespace

Mend sql(std::string statement) { return mend_of(Mend::Kind::sql, std::move(statement)); }
Mend command(std::string line) { return mend_of(Mend::Kind::command, std::move(line)); }
Mend advice(std::string sentence) { return mend_of(Mend::Kind::advice, std::move(sentence)); }
Mend restart(std::string setting) { return mend_of(Mend::Kind::restart, std::move(setting)); }

Mend at_primary(Mend mend) {
  mend.at_primary = true;
  return mend;
}

void Findings::add(std::string_view id, std::string where, std::string reason,
                   std::vector<Mend> mends) {
  const auto& kinds = finding_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const FindingKind& one) { return one.id == id; });
  if (kind == kinds.end()) {
    std::fprintf(stderr, "no finding is called %.*s\n", static_cast<int>(id.size()), id.data());
    std::abort();
  }
  list_.push_back({&*kind, std::move(reason), std::move(where), std::move(mends)});
}

std::size_t Findings::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(list_.begin(), list_.end(),
                    [&](const Finding& one) { return one.kind->severity == severity; }));
}

bool Findings::has(std::string_view id) const {
  return std::any_of(list_.begin(), list_.end(),
                     [&](const Finding& one) { return one.kind->id == id; });
}

void Findings::send_to_primary(Area area) {
  for (auto& finding : list_) {
    if (finding.kind->area != area) continue;
    for (auto& mend : finding.mends)
      if (mend.kind == Mend::Kind::sql) mend.at_primary = true;
  }
}

void Findings::sort() {
  std::stable_sort(list_.begin(), list_.end(), [](const Finding& left, const Finding& right) {
    return std::tuple(left.kind->severity, left.kind->area) <
           std::tuple(right.kind->severity, right.kind->area);
  });
}

}  // namespace wakestream::check
