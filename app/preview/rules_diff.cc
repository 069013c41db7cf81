#include "app/preview/rules_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/rule_set.h"

namespace wakestream::preview {

namespace {
constexpr int examples_max = 3;  // of a type and a kind of difference
}

void RulesDiff::Made::on_event(const mapping::ChangeOrigin& /*origin*/,
                               const mapping::Event& event) {
  events.push_back(
      {std::string(event.type), std::string(event.account_id), std::string(event.payload)});
}

void RulesDiff::Made::on_quarantined(const mapping::ChangeOrigin& /*origin*/,
                                     const mapping::QuarantinedRow& row) {
  failed.emplace_back(row.rule);
}

const RulesDiff::Made::Event* RulesDiff::Made::find(std::string_view type) const {
  const auto found = std::find_if(events.begin(), events.end(),
                                  [&](const Event& event) { return event.type == type; });
  return found == events.end() ? nullptr : &*found;
}

RulesDiff::RulesDiff(const mapping::RuleSet& before, const mapping::RuleSet& after)
    : before_(before), after_(after) {
  // Types that no row touches are shown too: with nothing, which is what they make.
  for (const auto& type : before.event_types()) by_type_[type];
  for (const auto& type : after.event_types()) by_type_[type];
}

mapping::Result<void> RulesDiff::on_row(const mapping::ChangeOrigin& origin,
                                        const cdc::RowChange& row) {
  Made before;
  Made after;
  if (auto mapped = before_.map(origin, row, before); !mapped) return mapped;
  if (auto mapped = after_.map(origin, row, after); !mapped) return mapped;
  for (const auto& type : before.failed) ++by_type_[type].failed_before;
  for (const auto& type : after.failed) ++by_type_[type].failed_after;
  for (const auto& event : before.events) {
    const auto* other = after.find(event.type);
    auto& counts = by_type_[event.type];
    if (other == nullptr) {
      ++counts.vanish;
      note("vanishes", origin, row, &event, nullptr);
    } else if (other->payload != event.payload || other->account_id != event.account_id) {
      ++counts.change;
      note("changes", origin, row, &event, other);
    } else {
      ++counts.same;
    }
  }
  for (const auto& event : after.events) {
    if (before.find(event.type) != nullptr) continue;
    ++by_type_[event.type].appear;
    note("appears", origin, row, nullptr, &event);
  }
  return {};
}

void RulesDiff::note(const char* what, const mapping::ChangeOrigin& origin,
                     const cdc::RowChange& row, const Made::Event* before,
                     const Made::Event* after) {
  const auto& event = after != nullptr ? *after : *before;
  if (++example_counts_[event.type + ' ' + what] > examples_max) return;
  examples_.push_back({what, event.type, cdc::to_string(origin.commit_lsn),
                       fmt::format("{}.{}", row.relation->schema, row.relation->name),
                       event.account_id, before != nullptr ? before->payload : std::string(),
                       after != nullptr ? after->payload : std::string()});
}

bool RulesDiff::differs() const {
  return std::any_of(by_type_.begin(), by_type_.end(), [](const auto& one) {
    const auto& counts = one.second;
    return counts.appear + counts.vanish + counts.change > 0 ||
           counts.failed_before != counts.failed_after;
  });
}

void RulesDiff::print_text(app::Output& output) const {
  std::size_t width = std::string_view("event type").size();
  for (const auto& [type, counts] : by_type_) width = std::max(width, type.size());
  output.line() += fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>12}", "event type", width, "same",
                               "appear", "vanish", "change", "rows failing");
  output.end_line();
  for (const auto& [type, counts] : by_type_) {
    const auto failing = counts.failed_before == counts.failed_after
                             ? fmt::format("{}", counts.failed_after)
                             : fmt::format("{} -> {}", counts.failed_before, counts.failed_after);
    output.line() += fmt::format("{:<{}} {:>9} {:>9} {:>9} {:>9} {:>12}", type, width, counts.same,
                                 counts.appear, counts.vanish, counts.change, failing);
    output.end_line();
  }
  for (const auto& example : examples_) {
    output.end_line();
    output.line() += fmt::format("{} {}: account {}, {} at {}", example.type, example.what,
                                 example.subject, example.table, example.lsn);
    output.end_line();
    if (!example.before.empty()) output.line() += "  - " + example.before + "\n";
    if (!example.after.empty()) output.line() += "  + " + example.after + "\n";
  }
}

void RulesDiff::print_json(std::uint64_t row_count, const RulesInForce& in_force,
                           app::Output& output) const {
  auto& line = output.line();
  line += fmt::format(
      "{{\"rows\":{},\"differs\":{},\"rules_in_force\":{{\"are\":\"{}\",\"hash\":\"{}\"}},"
      "\"types\":{{",
      row_count, differs(), to_string(in_force.are), in_force.hash);
  const char* comma = "";
  for (const auto& [type, counts] : by_type_) {
    line += std::exchange(comma, ",");
    app::append_json_string(line, type);
    line += fmt::format(
        ":{{\"same\":{},\"appear\":{},\"vanish\":{},\"change\":{},\"failed_before\":{},"
        "\"failed_after\":{}}}",
        counts.same, counts.appear, counts.vanish, counts.change, counts.failed_before,
        counts.failed_after);
  }
  line += "},\"examples\":[";
  comma = "";
  for (const auto& example : examples_) {
    line += std::exchange(comma, ",");
    line += fmt::format("{{\"what\":\"{}\",\"type\":", example.what);
    app::append_json_string(line, example.type);
    line += ",\"subject\":";
    app::append_json_string(line, example.subject);
    line += ",\"table\":";
    app::append_json_string(line, example.table);
    line += fmt::format(",\"lsn\":\"{}\",\"before\":{},\"after\":{}}}", example.lsn,
                        example.before.empty() ? "null" : example.before,
                        example.after.empty() ? "null" : example.after);
  }
  line += "]}";
  output.end_line();
}

}  // namespace wakestream::preview
