// What of an event's payload decides where it may go, read out of its JSON.
//
// Nothing is guessed: what is not there, or is no text, is nothing, and policy withholds it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::disclosure {

struct EventWords {
  std::optional<std::string> banner;
  // Of an account that moves: where it comes from. A value that is no text is the empty banner,
  // which no policy knows.
  std::optional<std::string> previous_banner;
  std::optional<std::string> jurisdiction;
  std::optional<std::string> consent_json;
  std::optional<std::string> previous_consent_json;  // where the event says what it was
};

// Nothing: it is no JSON object.
std::optional<EventWords> read_words(std::string_view payload);

// The text of a member; nothing when there is none, or it is no text.
std::optional<std::string> text_member(std::string_view payload, const char* name);

}  // namespace wakestream::disclosure
