#include "app/audit/disclosure_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

#include "roles/capture/json_record.h"
#include "roles/capture/wall_time.h"
#include "roles/deliver/receipt_fields.h"

namespace wakestream::audit {

namespace {

using capture::JsonWriter;
using capture::put;
using deliver::put_fields;
using deliver::Receipt;

constexpr std::size_t column_count = 7;
using Line = std::array<std::string, column_count>;

// To the second: "2026-07-01T12:00:00Z".
std::string when(std::int64_t at_ms) { return capture::rfc3339(at_ms * 1'000).substr(0, 19) + "Z"; }

// A field as it was, or what was made of it: "email, account_id (hmac)".
std::string names(const std::vector<Receipt::Field>& fields) {
  std::string text;
  for (const auto& field : fields) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", field.name);
    if (field.action != "pass") text += fmt::format(" ({})", field.action);
  }
  return text.empty() ? "none" : text;
}

std::string outcome_of(const Disclosure& disclosure) {
  if (disclosure.unknown()) return "outcome unknown";
  const auto& outcome = *disclosure.outcome;
  std::string text = outcome.fate;
  if (outcome.status != 0) text += fmt::format(" ({})", outcome.status);
  return text;
}

// Columns as wide as what stands in them; the last one ends where it ends.
std::string lined_up(const std::vector<Line>& lines) {
  std::array<std::size_t, column_count> widths{};
  for (const auto& line : lines)
    for (std::size_t at = 0; at < column_count; ++at)
      widths.at(at) = std::max(widths.at(at), line.at(at).size());
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t at = 0; at + 1 < column_count; ++at)
      text += fmt::format("{:<{}}  ", line.at(at), widths.at(at));
    text += line.back() + "\n";
  }
  return text;
}

// Why everything was withheld: in its own words, else the reasons of its fields.
std::string why_withheld(const Receipt& receipt) {
  if (!receipt.reason.empty()) return receipt.reason;
  std::vector<std::string> reasons;
  for (const auto& field : receipt.held_back)
    if (std::find(reasons.begin(), reasons.end(), field.reason) == reasons.end())
      reasons.push_back(field.reason);
  return reasons.empty() ? receipt.fate : fmt::format("{}", fmt::join(reasons, ", "));
}

struct Withheld {
  std::uint64_t count = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};

std::string withheld_lines(const std::vector<Disclosure>& disclosures) {
  std::map<std::tuple<std::string, std::string, std::string>, Withheld> groups;
  for (const auto& [receipt, outcome] : disclosures) {
    if (receipt.kind != deliver::ReceiptKind::withheld) continue;
    auto& group = groups[{receipt.consumer, receipt.type, why_withheld(receipt)}];
    if (group.count++ == 0) group.first_ms = receipt.at_ms;
    group.last_ms = receipt.at_ms;
  }
  std::string text;
  for (const auto& [key, group] : groups) {
    const auto& [consumer, type, why] = key;
    text += fmt::format("withheld from {}: {} of {}, {}: {}\n", consumer, group.count, type,
                        group.count == 1
                            ? when(group.first_ms)
                            : fmt::format("{} to {}", when(group.first_ms), when(group.last_ms)),
                        why);
  }
  return text;
}

}  // namespace

std::string as_table(const std::vector<Disclosure>& disclosures) {
  std::vector<Line> lines;
  for (const auto& disclosure : disclosures) {
    if (disclosure.withheld()) continue;
    const auto& intent = disclosure.decision;
    lines.push_back({when(intent.at_ms), intent.consumer, intent.type, intent.purpose,
                     intent.legal_basis, names(intent.disclosed), outcome_of(disclosure)});
  }
  if (!lines.empty())
    lines.insert(lines.begin(), {"when", "consumer", "event", "purpose", "legal basis",
                                 "fields disclosed", "outcome"});
  return lined_up(lines) + withheld_lines(disclosures);
}

std::string as_json(const Disclosure& disclosure) {
  const auto& decision = disclosure.decision;
  const auto& end = disclosure.withheld() ? disclosure.decision
                    : disclosure.outcome  ? *disclosure.outcome
                                          : Receipt{};
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "at", std::string_view{capture::rfc3339(decision.at_ms * 1'000)});
  put(json, "consumer", decision.consumer);
  put(json, "event_id", decision.event_id);
  put(json, "type", decision.type);
  put(json, "sequence", decision.sequence);
  put(json, "attempt", std::int64_t{decision.attempt});
  put(json, "purpose", decision.purpose);
  put(json, "legal_basis", decision.legal_basis);
  put_fields(json, "disclosed", decision.disclosed);
  put_fields(json, "held_back", decision.held_back);
  put(json, "outcome", disclosure.unknown() ? std::string_view{"unknown"} : end.fate);
  put(json, "status", std::int64_t{end.status});
  put(json, "reason", end.reason);
  put(json, "consent_sha256", decision.consent_sha256);
  put(json, "consent_as_of", decision.consent_as_of);
  put(json, "policy_hash", decision.policy_hash);
  put(json, "rules_hash", decision.rules_hash);
  put(json, "schema_version", decision.schema_version);
  put(json, "data_sha256", decision.data_sha256);
  json.EndObject();
  return buffer.GetString();
}

}  // namespace wakestream::audit
