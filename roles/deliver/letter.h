// One event that waits for a consumer in its dead-letter topic.
//
// An event comes there when it could not be delivered at once, or when it stands behind one of its
// account that could not. It is kept whole and private, as the events topic has it: what the
// consumer may see of it is asked anew at each attempt.
//
// A record of wakestream.<pipeline>.deadletter.<consumer> has for a key the account, a zero byte,
// and the event's offset in 16 hexadecimal digits; it lies in the event's partition, and has the
// event's headers and value. What is said about it stands in headers that begin with "ws_". A
// tombstone says that the matter is settled. So of one account the keys' order is the events'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/record.h"

namespace wakestream::deliver {

enum class LetterState : std::uint8_t {
  waiting,  // in its account's order
  dead,  // passed over, so that the account's later events could go on: only a replay takes it up
};

struct Letter {
  // Partition, offset, key (the account), headers and value of the event.
  log::StoredRecord event = {};
  LetterState state = LetterState::waiting;
  bool urgent = false;        // goes before those that are not
  std::int64_t since_ms = 0;  // wall clock: when it came here
  std::string error = {};     // of a dead one: why; words without values
  int status = 0;             // of the answer to its last attempt
  // How often its schedule has had it tried again since a person last did (replay_schedule.h).
  std::uint32_t replays = 0;

  std::string_view account() const { return event.key; }
  std::string_view id() const { return log::header_of(event, "ce_id"); }
  std::string_view type() const { return log::header_of(event, "ce_type"); }
};

// Which replay an event goes out by, as a header of the event that the letter keeps: so it stands
// in the receipt of whatever becomes of it. No consumer gets it.
inline constexpr std::string_view replay_header = "ce_replay";
void set_replay(log::StoredRecord& event, std::string_view replay_id);

std::string letter_key(std::string_view account, std::int64_t offset);
// Packed headers (log::HeaderWriter) of the record.
std::string letter_headers(const Letter& letter);
// Nothing: it is no letter.
std::optional<Letter> read_letter(const log::StoredRecord& record);
// Of a tombstone's key.
struct LetterName {
  std::string account;
  std::int64_t offset = 0;

  friend bool operator==(const LetterName&, const LetterName&) = default;
};
std::optional<LetterName> read_letter_key(std::string_view key);

}  // namespace wakestream::deliver
