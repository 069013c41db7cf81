#include "app/audit/receipts_of.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/for_each_record.h"
#include "roles/deliver/topics.h"

namespace wakestream::audit {

namespace {

constexpr log::Milliseconds deadline{10'000};

// Of every receipt that is read, so that those of another key are not passed over in silence.
bool is_by(const log::StoredRecord& record, const std::string& key_id) {
  return record.value.find(fmt::format(R"("key_id":"{}")", key_id)) != std::string::npos;
}

void note_other_key(const std::string& key_id, Found& found) {
  ++found.by_other_keys;
  auto& ids = found.other_key_ids;
  if (std::find(ids.begin(), ids.end(), key_id) == ids.end()) ids.push_back(key_id);
}

log::Result<void> read_topic(log::EventLog& event_log, const std::string& topic,
                             const std::string& pseudonym, const std::string& key_id,
                             Found& found) {
  std::optional<log::Error> unreadable;
  const auto visit = [&](const log::StoredRecord& record) {
    const bool about_the_member = record.key == pseudonym;
    if (record.tombstone || (!about_the_member && is_by(record, key_id))) return true;
    auto receipt = deliver::decode_receipt(record.value);
    if (!receipt) {
      unreadable = log::Error{log::ErrorKind::corrupt,
                              fmt::format("topic {}, partition {}, offset {}: {}", topic,
                                          record.partition, record.offset, receipt.error())};
    } else if (about_the_member) {
      found.book.take(std::move(*receipt));
    } else {
      note_other_key(receipt->key_id, found);
    }
    return !unreadable;
  };
  auto read = log::for_each_record(event_log, topic, deadline, visit);
  if (read && unreadable) return tl::unexpected(std::move(*unreadable));
  return read;
}

}  // namespace

log::Result<Found> receipts_of(log::EventLog& event_log, const std::string& pipeline,
                               const std::vector<std::string>& consumers,
                               const std::string& account, const keys::Key& key) {
  Found found;
  const auto pseudonym = key.pseudonym(account);
  const auto key_id = key.id();
  for (const auto& consumer : consumers) {
    const auto topic = deliver::Topics(pipeline, consumer).receipts;
    auto read = read_topic(event_log, topic, pseudonym, key_id, found);
    if (read) continue;
    if (read.error().kind != log::ErrorKind::topic_missing)
      return tl::unexpected(std::move(read.error()));
    found.without_receipts.push_back(consumer);
  }
  return found;
}

}  // namespace wakestream::audit
