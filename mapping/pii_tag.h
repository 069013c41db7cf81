// The words that mark a field as personal data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wakestream::mapping {

// "user.contact.email, user.name": lower-case words joined by dots, separated by commas. Empty: not
// well-formed.
std::vector<std::string> read_pii_tags(std::string_view list);

// Does a description begin like a tag? One that is only nearly one would leave its field untagged.
bool looks_like_pii(std::string_view text);

std::string_view trimmed(std::string_view text);

}  // namespace wakestream::mapping
