#include "roles/capture/quarantine.h"

#include <charconv>
#include <utility>

#include "log/for_each_record.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

using log::header_of;

namespace {

template <class Number>
Number hex_at(std::string_view text, std::size_t begin, std::size_t size) {
  Number value = 0;
  if (begin + size <= text.size())
    std::from_chars(text.data() + begin, text.data() + begin + size, value, 16);
  return value;
}

// Fixed width: EventRecorder::on_quarantined writes it.
mapping::ChangeOrigin origin_of(std::string_view key, std::string_view time) {
  mapping::ChangeOrigin origin;
  origin.epoch = hex_at<std::uint32_t>(key, 0, 8);
  origin.commit_lsn = cdc::Lsn{hex_at<std::uint64_t>(key, 9, 16)};
  origin.ordinal = hex_at<std::uint64_t>(key, 26, 12);
  origin.commit_time_us = parse_rfc3339(time).value_or(0);
  return origin;
}

}  // namespace

QuarantineRecord quarantine_record(log::StoredRecord record) {
  QuarantineRecord read;
  read.offset = record.offset;
  read.resolved = header_of(record, "resolved");
  read.rule = header_of(record, "rule");
  read.table = header_of(record, "table");
  read.column = header_of(record, "column");
  read.reason = header_of(record, "reason");
  read.lsn = header_of(record, "lsn");
  read.time = header_of(record, "time");
  read.account = header_of(record, "account");
  read.hash = header_of(record, "hash");
  read.origin = origin_of(record.key, read.time);
  read.key = std::move(record.key);
  read.row = std::move(record.value);
  return read;
}

log::Result<void> for_each_quarantined(log::EventLog& event_log, const std::string& topic,
                                       log::Milliseconds deadline,
                                       const std::function<bool(QuarantineRecord)>& visit) {
  return log::for_each_record(event_log, topic, deadline, [&visit](log::StoredRecord record) {
    return visit(quarantine_record(std::move(record)));
  });
}

log::Result<ResolvedKeys> resolved_keys(log::EventLog& event_log, const std::string& topic,
                                        log::Milliseconds deadline) {
  ResolvedKeys keys;
  const auto read = for_each_quarantined(event_log, topic, deadline, [&](QuarantineRecord record) {
    if (!record.resolved.empty()) keys.insert(std::move(record.key));
    return true;
  });
  if (!read) return tl::make_unexpected(read.error());
  return keys;
}

}  // namespace wakestream::capture
