#include "context/deletion_record.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "context/record_members.h"
#include "mapping/json_text.h"

namespace wakestream::context {

namespace {

constexpr std::string_view deletion_format = "1";
constexpr std::string_view the_deletion_record = "the deletion record";

tl::unexpected<std::string> no_such(std::string_view member, std::string_view wanted) {
  return tl::unexpected(has_no(the_deletion_record, member, wanted));
}

}  // namespace

std::string encode_deletion(const DeletionRecord& record) {
  auto json = fmt::format(
      R"({{"format_version":{},"pseudonym":"{}","epoch":{},"deletion_lsn":"{}","jurisdiction":)",
      deletion_format, record.pseudonym, record.epoch, cdc::to_string(record.lsn));
  if (record.jurisdiction) {
    mapping::append_json_string(*record.jurisdiction, json);
  } else {
    json += "null";
  }
  return json + fmt::format(R"(,"key_id":"{}"}})", record.key_id);
}

tl::expected<DeletionRecord, std::string> decode_deletion(std::string_view json) {
  if (auto why = unreadable(json, the_deletion_record, deletion_format))
    return tl::unexpected(std::move(*why));
  DeletionRecord record;
  auto pseudonym = text_of(json, "pseudonym");
  if (!pseudonym) return no_such("pseudonym", "a text");
  record.pseudonym = std::move(*pseudonym);
  const auto epoch = member_of(json, "epoch");
  const auto [end, error] =
      std::from_chars(epoch.data(), epoch.data() + epoch.size(), record.epoch);
  if (epoch.empty() || error != std::errc{} || end != epoch.data() + epoch.size())
    return no_such("epoch", "a number");
  const auto lsn = lsn_of(json, "deletion_lsn");
  if (!lsn) return no_such("deletion_lsn", "an LSN");
  record.lsn = *lsn;
  if (member_of(json, "jurisdiction") != "null") {
    record.jurisdiction = text_of(json, "jurisdiction");
    if (!record.jurisdiction) return no_such("jurisdiction", "a text or null");
  }
  auto key_id = text_of(json, "key_id");
  if (!key_id) return no_such("key_id", "a text");
  record.key_id = std::move(*key_id);
  return record;
}

}  // namespace wakestream::context
