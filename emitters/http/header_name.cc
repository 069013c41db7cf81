#include "emitters/http/header_name.h"

#include <algorithm>
#include <array>

namespace wakestream::emitters {

namespace {

// Of ASCII, whatever the locale: names have no other letters.
char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_token_letter(char letter) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const char small = lower(letter);
  return (small >= 'a' && small <= 'z') || (letter >= '0' && letter <= '9') ||
         marks.find(letter) != std::string_view::npos;
}

}  // namespace

bool same_header(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char left, char right) { return lower(left) == lower(right); });
}

bool is_header_name(std::string_view name) {
  constexpr std::array<std::string_view, 10> ours{
      "content-length", "host",    "transfer-encoding", "connection", "expect",
      "webhook-id",     "trailer", "webhook-timestamp", "upgrade",    "webhook-signature"};
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_letter) &&
         std::none_of(ours.begin(), ours.end(), [&](auto one) { return same_header(one, name); });
}

}  // namespace wakestream::emitters
