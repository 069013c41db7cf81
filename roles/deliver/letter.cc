#include "roles/deliver/letter.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <utility>

namespace wakestream::deliver {

namespace {

// What a letter says beside the event; no event's header begins so.
constexpr std::string_view own_prefix = "ws_";
constexpr std::string_view version_header = "ws_format_version";
constexpr std::string_view state_header = "ws_state";
constexpr std::string_view urgent_header = "ws_urgent";
constexpr std::string_view since_header = "ws_since_ms";
constexpr std::string_view event_time_header = "ws_event_timestamp_ms";  // of the event's record
constexpr std::string_view error_header = "ws_error";
constexpr std::string_view status_header = "ws_status";
constexpr std::string_view replays_header = "ws_replays";

constexpr std::string_view format_version = "1";
constexpr std::size_t offset_digits = 16;

std::string_view name_of(LetterState state) {
  return state == LetterState::dead ? "dead" : "waiting";
}

std::optional<LetterState> read_state(std::string_view text) {
  for (const auto state : {LetterState::waiting, LetterState::dead})
    if (text == name_of(state)) return state;
  return std::nullopt;
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [stopped, error] = std::from_chars(text.begin(), text.end(), number, base);
  return error == std::errc{} && stopped == text.end() && !std::cmp_less(number, 0);
}

}  // namespace

void set_replay(log::StoredRecord& event, std::string_view replay_id) {
  std::erase_if(event.headers, [](const auto& header) { return header.first == replay_header; });
  if (!replay_id.empty()) event.headers.emplace_back(replay_header, replay_id);
}

std::string letter_key(std::string_view account, std::int64_t offset) {
  std::string key;
  key.reserve(account.size() + 1 + offset_digits);
  key.append(account).push_back('\0');
  fmt::format_to(std::back_inserter(key), "{:016x}", offset);
  return key;
}

std::optional<LetterName> read_letter_key(std::string_view key) {
  if (key.size() < 1 + offset_digits) return std::nullopt;
  const auto account_size = key.size() - 1 - offset_digits;
  LetterName name{std::string(key.substr(0, account_size)), 0};
  if (key[account_size] != '\0' || !read_number(key.substr(account_size + 1), name.offset, 16))
    return std::nullopt;
  return name;
}

std::string letter_headers(const Letter& letter) {
  std::string packed;
  log::HeaderWriter headers(packed);
  for (const auto& [name, value] : letter.event.headers)
    if (!name.starts_with(own_prefix)) headers.add(name, value);
  headers.add(version_header, format_version);
  headers.add(state_header, name_of(letter.state));
  if (letter.urgent) headers.add(urgent_header, "true");
  headers.add(since_header, std::to_string(letter.since_ms));
  headers.add(event_time_header, std::to_string(letter.event.timestamp_ms));
  if (!letter.error.empty()) headers.add(error_header, letter.error);
  if (letter.status != 0) headers.add(status_header, std::to_string(letter.status));
  if (letter.replays != 0) headers.add(replays_header, std::to_string(letter.replays));
  return packed;
}

std::optional<Letter> read_letter(const log::StoredRecord& record) {
  auto name = read_letter_key(record.key);
  if (!name || record.tombstone || log::header_of(record, version_header) != format_version)
    return std::nullopt;
  Letter letter;
  const auto state = read_state(log::header_of(record, state_header));
  const auto status = log::header_of(record, status_header);
  const auto replays = log::header_of(record, replays_header);
  if (!state || !read_number(log::header_of(record, since_header), letter.since_ms) ||
      !read_number(log::header_of(record, event_time_header), letter.event.timestamp_ms) ||
      (!status.empty() && !read_number(status, letter.status)) ||
      (!replays.empty() && !read_number(replays, letter.replays)))
    return std::nullopt;
  letter.state = *state;
  letter.urgent = log::header_of(record, urgent_header) == "true";
  letter.error = log::header_of(record, error_header);
  letter.event.partition = record.partition;
  letter.event.offset = name->offset;
  letter.event.key = std::move(name->account);
  letter.event.value = record.value;
  for (const auto& header : record.headers)
    if (!header.first.starts_with(own_prefix)) letter.event.headers.push_back(header);
  return letter;
}

}  // namespace wakestream::deliver
