#include "roles/deliver/sequence.h"

#include <algorithm>

#include <fmt/format.h>

namespace wakestream::deliver {

namespace {

constexpr std::size_t digits = 4;

// The last group of digits one higher; behind "9999" another group begins, so that the order of
// text stays the order.
std::string successor(std::string_view sequence) {
  const auto plus = sequence.rfind('+');
  if (plus == std::string_view::npos) return fmt::format("{}+0001", sequence);
  const auto number = sequence.substr(plus + 1);
  const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
  if (number.empty() || number.size() % digits != 0 || !std::ranges::all_of(number, is_digit))
    return fmt::format("{}+0001", sequence);
  if (number.ends_with("9999")) return fmt::format("{}0001", sequence);
  std::string next(sequence);
  for (auto at = next.rbegin(); ++*at > '9'; ++at) *at = '0';
  return next;
}

}  // namespace

std::string_view own_sequence(const log::StoredRecord& event) {
  const auto sequence = log::header_of(event, "ce_sequence");
  return sequence.empty() ? log::header_of(event, "ce_id") : sequence;
}

std::string sequence_behind(std::string_view sent, std::string_view own, std::string_view highest) {
  // The same: it was this event that was sent.
  if (own >= sent) return std::string(own);
  return successor(std::max(sent, highest));
}

}  // namespace wakestream::deliver
