#include "roles/capture/said_number.h"

#include <charconv>

#include "cdc/snapshot/row_key.h"

namespace wakestream::capture {

namespace {

constexpr std::size_t epoch_digits = 8;
constexpr std::size_t lsn_digits = 16;

template <class Number>
bool read_hex(std::string_view text, std::size_t at, std::size_t digits, Number& number) {
  if (text.size() < at + digits) return false;
  const auto* begin = text.data() + at;
  const auto read = std::from_chars(begin, begin + digits, number, 16);
  return read.ec == std::errc() && read.ptr == begin + digits;
}

}  // namespace

std::uint64_t said_key(std::string_view type, std::string_view account_id) {
  return cdc::RowKeyHash().add(type).add(account_id).value().low;
}

std::optional<context::SaidEvent> said_event(std::uint32_t type_number, const SaidWords& words,
                                             std::string_view sequence) {
  context::SaidEvent event;
  event.type = type_number;
  if (!read_hex(sequence, 0, epoch_digits, event.epoch) ||
      !read_hex(sequence, epoch_digits + 1, lsn_digits, event.lsn))
    return std::nullopt;
  cdc::RowKeyHash hash;
  event.key = hash.add(words.type).add(words.account_id).value().low;
  const auto content = hash.add(words.table).add(words.schema_version).add(words.payload).value();
  event.content = {content.high, content.low};
  return event;
}

}  // namespace wakestream::capture
