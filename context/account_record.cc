#include "context/account_record.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "context/record_members.h"
#include "mapping/json_text.h"

namespace wakestream::context {

namespace {

constexpr std::string_view format_version = "1";
constexpr std::string_view the_account_record = "the account's record";
constexpr std::uint32_t null_length = UINT32_MAX;

using mapping::ContextColumn;

std::string begin_record(cdc::Lsn as_of) {
  return fmt::format(R"({{"format_version":{},"as_of_lsn":"{}")", format_version,
                     cdc::to_string(as_of));
}

tl::unexpected<std::string> wrong(std::string_view member, std::string_view wanted) {
  return tl::unexpected(has_no(the_account_record, member, wanted));
}

}  // namespace

std::string encode_account(const AccountRecord& record) {
  auto json = begin_record(record.as_of);
  for (std::size_t at = 0; at < mapping::context_columns.size(); ++at) {
    json += fmt::format(",\"{}\":", mapping::context_columns[at]);
    const auto& value = record.context.values[at];
    if (!value) {
      json += "null";
    } else if (static_cast<ContextColumn>(at) == ContextColumn::consent) {
      json += *value;
    } else {
      mapping::append_json_string(*value, json);
    }
  }
  return json + "}";
}

tl::expected<AccountRecord, std::string> decode_account(std::string_view json) {
  if (auto why = unreadable(json, the_account_record, format_version))
    return tl::unexpected(std::move(*why));
  AccountRecord record;
  const auto as_of = lsn_of(json, "as_of_lsn");
  if (!as_of) return wrong("as_of_lsn", "an LSN");
  record.as_of = *as_of;
  for (std::size_t at = 0; at < mapping::context_columns.size(); ++at) {
    const auto name = mapping::context_columns[at];
    const auto raw = member_of(json, name);
    auto& value = record.context.values[at];
    if (raw.empty()) return wrong(name, "a value or null");
    if (raw == "null") continue;
    if (static_cast<ContextColumn>(at) == ContextColumn::consent) {
      value = raw;
    } else if (!raw.starts_with('"') || !mapping::append_unquoted(raw, value.emplace())) {
      return wrong(name, "a text or null");
    }
  }
  return record;
}

std::string encode_every_account_gone(cdc::Lsn as_of) {
  return begin_record(as_of) + R"(,"every_account":"gone"})";
}

namespace {

void pack(std::uint64_t number, std::size_t size, std::string& out) {
  for (std::size_t at = 0; at < size; ++at) out.push_back(static_cast<char>(number >> (8 * at)));
}

bool take(std::string_view& bytes, std::size_t size, std::uint64_t& number) {
  if (bytes.size() < size) return false;
  number = 0;
  for (std::size_t at = 0; at < size; ++at)
    number |= std::uint64_t{static_cast<std::uint8_t>(bytes[at])} << (8 * at);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

std::string pack_account(const AccountRecord& record) {
  std::string bytes;
  pack(record.as_of.value(), 8, bytes);
  for (const auto& value : record.context.values) {
    pack(value ? value->size() : null_length, 4, bytes);
    if (value) bytes += *value;
  }
  return bytes;
}

tl::expected<AccountRecord, std::string> unpack_account(std::string_view bytes) {
  const auto cut = [] { return tl::unexpected(std::string("an account's record is cut off")); };
  AccountRecord record;
  std::uint64_t number = 0;
  if (!take(bytes, 8, number)) return cut();
  record.as_of = cdc::Lsn{number};
  for (auto& value : record.context.values) {
    if (!take(bytes, 4, number)) return cut();
    if (number == null_length) continue;
    if (bytes.size() < number) return cut();
    value = std::string(bytes.substr(0, number));
    bytes.remove_prefix(number);
  }
  if (!bytes.empty()) return cut();
  return record;
}

}  // namespace wakestream::context
