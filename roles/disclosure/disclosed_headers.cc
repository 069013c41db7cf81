#include "roles/disclosure/disclosed_headers.h"

#include <algorithm>
#include <array>

namespace wakestream::disclosure {

namespace {

constexpr std::array<std::string_view, 9> passed_on{"ce_specversion",   "ce_source", "content-type",
                                                    "ce_type",          "ce_time",   "ce_lsn",
                                                    "ce_schemaversion", "ce_late",   "ce_snapshot"};
// So many digits of the policy's hash.
constexpr std::size_t hash_digits = 16;

}  // namespace

std::string disclosed_headers(const log::StoredRecord& event, std::string_view id,
                              std::string_view subject, std::string_view sequence,
                              std::string_view policy_hash) {
  std::string packed;
  log::HeaderWriter headers(packed);
  headers.add("ce_id", id);
  headers.add("ce_subject", subject);
  headers.add("ce_sequence", sequence.empty() ? log::header_of(event, "ce_sequence") : sequence);
  for (const auto& [name, value] : event.headers) {
    if (std::find(passed_on.begin(), passed_on.end(), name) != passed_on.end())
      headers.add(name, value);
  }
  headers.add("ce_policy", policy_hash.substr(0, hash_digits));
  return packed;
}

}  // namespace wakestream::disclosure
