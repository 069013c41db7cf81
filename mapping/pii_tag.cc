#include "mapping/pii_tag.h"

#include <algorithm>
#include <cctype>

namespace wakestream::mapping {

namespace {

bool is_tag_character(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
}

// user.contact.email: words joined by dots.
bool is_tag(std::string_view tag) {
  bool word_begun = false;
  for (const char letter : tag) {
    if (letter == '.' && !word_begun) return false;
    if (letter != '.' && !is_tag_character(letter)) return false;
    word_begun = letter != '.';
  }
  return word_begun;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view{} : text.substr(first, last + 1 - first);
}

bool looks_like_pii(std::string_view text) {
  if (text.size() < 3) return false;
  const auto lower = [&](std::size_t at) {
    return std::tolower(static_cast<unsigned char>(text[at]));
  };
  const bool begins = lower(0) == 'p' && lower(1) == 'i' && lower(2) == 'i';
  return begins && (text.size() == 3 || std::isalnum(static_cast<unsigned char>(text[3])) == 0);
}

std::vector<std::string> read_pii_tags(std::string_view list) {
  std::vector<std::string> tags;
  while (true) {
    const auto comma = list.find(',');
    const auto tag = trimmed(list.substr(0, comma));
    if (!is_tag(tag)) return {};
    tags.emplace_back(tag);
    if (comma == std::string_view::npos) return tags;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace wakestream::mapping
