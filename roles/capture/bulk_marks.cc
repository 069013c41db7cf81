#include "roles/capture/bulk_marks.h"

#include <algorithm>
#include <string_view>
#include <variant>

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

const std::string& BulkMarks::saw(const cdc::StreamItem& item) {
  if (std::holds_alternative<cdc::TransactionBegin>(item)) mark_.clear();
  if (const auto* origin = std::get_if<cdc::TransactionOrigin>(&item);
      origin != nullptr && settings_.origins.contains(origin->name))
    mark_ = origin->name;
  if (const auto* message = std::get_if<cdc::TransactionMessage>(&item);
      message != nullptr && !settings_.message_prefix.empty() &&
      message->prefix == settings_.message_prefix)
    mark_ = is_name(message->content) ? message->content : message->prefix;
  return mark_;
}

}  // namespace wakestream::capture
