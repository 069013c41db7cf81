#include "roles/capture/bulk_marks.h"

#include <algorithm>
#include <string_view>

namespace wakestream::capture {

namespace {

constexpr std::size_t name_letters_max = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_letters_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

}  // namespace

void BulkMarks::saw(const cdc::TransactionOrigin& origin) {
  if (settings_.origins.contains(origin.name)) mark_ = origin.name;
}

void BulkMarks::saw(const cdc::TransactionMessage& message) {
  if (settings_.message_prefix.empty() || message.prefix != settings_.message_prefix) return;
  mark_ = is_name(message.content) ? message.content : message.prefix;
}

}  // namespace wakestream::capture
