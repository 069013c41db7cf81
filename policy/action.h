// What may become of a field, and how a value is changed where it is changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name_table.h"

namespace wakestream::policy {

// From what shows most to what shows least: of two, the later one is the narrower.
enum class Action : std::uint8_t {
  pass,        // as it is
  generalize,  // less exact: a year, the first digits, some members
  mask,        // the last characters at most
  tokenize,    // encrypted: who has the key has the value
  hmac,        // a keyed hash: the same for the same value, and no way back
  nullify,     // the field is there, and null
  drop,        // the field is not there
  withhold,    // the event does not go out
};
inline constexpr std::size_t action_count = 8;

std::string_view to_string(Action action);
std::optional<Action> action_named(std::string_view word);
// Does anything of the value leave, however changed?
constexpr bool discloses(Action action) { return action < Action::nullify; }

// One spelling before a value is hashed, so that the same address gives the same hash.
enum class Spelling : std::uint8_t { as_it_is, email, phone };

enum class Generalization : std::uint8_t { year, month, prefix, email_domain, bucket, members };

struct Transform {
  Action action = Action::drop;
  std::uint16_t keep_last = 0;               // mask: characters
  NameId key = 0;                            // hmac, tokenize
  Spelling spelling = Spelling::as_it_is;    // hmac
  Generalization to = Generalization::year;  // generalize
  std::uint32_t size = 0;                    // prefix: characters; bucket: its width
  std::vector<std::string> members;          // the ones that stay
};

}  // namespace wakestream::policy
