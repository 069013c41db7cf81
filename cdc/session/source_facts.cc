#include "cdc/session/source_facts.h"

#include <fmt/format.h>

#include <cstdlib>

#include "cdc/session/connection.h"
#include "cdc/wall_time.h"

namespace wakestream::cdc {

namespace {

Lsn lsn_of(const std::string& text) { return parse_lsn(text).value_or(Lsn()); }
std::int64_t number_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }
bool yes(const std::string& text) { return text == "t"; }

}  // namespace

struct SourceReader::Impl {
  ConnectionPtr connection;
  std::chrono::milliseconds timeout{10'000};

  Result<ResultPtr> run(const std::string& sql, std::string_view doing) {
    return execute(connection.get(), sql, doing, timeout);
  }
  Result<void> read_server(SourceFacts& facts, std::int64_t lease_key);
  Result<void> read_slot(SourceFacts& facts, const std::string& name);
  Result<void> read_standby_slots(SourceFacts& facts);
};

SourceReader::SourceReader() : impl_(std::make_unique<Impl>()) {}
SourceReader::~SourceReader() = default;

Result<std::unique_ptr<SourceReader>> SourceReader::connect(const SessionOptions& options) {
  auto connection = connect_for_queries(options);
  if (!connection) return tl::make_unexpected(connection.error());
  std::unique_ptr<SourceReader> reader(new SourceReader());
  reader->impl_->connection = std::move(*connection);
  reader->impl_->timeout = options.timeout;
  return reader;
}

Result<SourceFacts> SourceReader::read(const std::string& slot, std::int64_t lease_key) {
  SourceFacts facts;
  return impl_->read_server(facts, lease_key)
      .and_then([&] { return impl_->read_slot(facts, slot); })
      .and_then([&] { return impl_->read_standby_slots(facts); })
      .map([&] { return std::move(facts); });
}

Result<void> SourceReader::Impl::read_server(SourceFacts& facts, std::int64_t lease_key) {
  const auto key = static_cast<std::uint64_t>(lease_key);
  auto answer =
      run(fmt::format("SELECT current_setting('server_version_num'), pg_is_in_recovery(), {}, "
                      "w.wal_bytes, extract(epoch FROM now() - w.stats_reset), "
                      "(SELECT format('pid %s from %s since %s', a.pid, "
                      "coalesce(host(a.client_addr), 'a local socket'), "
                      "date_trunc('second', a.backend_start)) FROM pg_locks l "
                      "JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND "
                      "l.granted AND l.classid = {} AND l.objid = {} AND l.objsubid = 1 LIMIT 1) "
                      "FROM pg_stat_wal w",
                      wal_end_sql, key >> 32U, key & 0xFFFFFFFFU),
          "ask the server for its position");
  if (!answer) return tl::make_unexpected(answer.error());
  const auto* row = answer->get();
  facts.at_ms = wall_ms();
  facts.version_num = static_cast<int>(number_of(cell(row, 0, 0)));
  facts.in_recovery = yes(cell(row, 0, 1));
  facts.wal_end = lsn_of(cell(row, 0, 2));
  facts.wal_bytes = std::strtod(cell(row, 0, 3).c_str(), nullptr);
  facts.wal_seconds = std::strtod(cell(row, 0, 4).c_str(), nullptr);
  facts.lease_holder = cell(row, 0, 5);
  return {};
}

Result<void> SourceReader::Impl::read_slot(SourceFacts& facts, const std::string& name) {
  auto answer =
      run(fmt::format("SELECT s.active, s.active_pid, coalesce(a.wait_event, ''), s.restart_lsn, "
                      "s.confirmed_flush_lsn, s.wal_status, s.safe_wal_size, {} - s.restart_lsn, "
                      "(facts ->> 'failover')::boolean, {}, "
                      "(facts ->> 'synced')::boolean, s.temporary "
                      "FROM pg_replication_slots s CROSS JOIN LATERAL to_jsonb(s) AS facts LEFT "
                      "JOIN pg_stat_activity a ON a.pid = "
                      "s.active_pid WHERE s.slot_name = {}",
                      wal_end_sql, slot_invalidation_column, quote_literal(connection.get(), name)),
          "look at the slot");
  if (!answer) return tl::make_unexpected(answer.error());
  const auto* row = answer->get();
  if (PQntuples(row) == 0) return {};
  WatchedSlot slot;
  slot.active = yes(cell(row, 0, 0));
  slot.active_pid = static_cast<int>(number_of(cell(row, 0, 1)));
  slot.wait_event = cell(row, 0, 2);
  slot.restart_lsn = lsn_of(cell(row, 0, 3));
  slot.confirmed_flush_lsn = lsn_of(cell(row, 0, 4));
  slot.wal_status = cell(row, 0, 5);
  if (PQgetisnull(row, 0, 6) == 0) slot.safe_wal_bytes = number_of(cell(row, 0, 6));
  slot.kept_wal_bytes = number_of(cell(row, 0, 7));
  slot.failover = yes(cell(row, 0, 8));
  slot.invalidation = cell(row, 0, 9);
  slot.synced = yes(cell(row, 0, 10));
  slot.temporary = yes(cell(row, 0, 11));
  facts.slot = std::move(slot);
  return {};
}

Result<void> SourceReader::Impl::read_standby_slots(SourceFacts& facts) {
  if (facts.version_num < 170'000) return {};
  auto answer =
      run("SELECT n.name, s.slot_name IS NOT NULL, coalesce(s.active, false), s.restart_lsn FROM "
          "regexp_split_to_table(current_setting('synchronized_standby_slots'), '\\s*,\\s*') AS "
          "n(name) LEFT JOIN pg_replication_slots s ON s.slot_name = n.name WHERE n.name <> ''",
          "look at the standby slots");
  if (!answer) return tl::make_unexpected(answer.error());
  const auto* rows = answer->get();
  for (int at = 0; at < PQntuples(rows); ++at) {
    facts.standby_slots.push_back({cell(rows, at, 0), yes(cell(rows, at, 1)),
                                   yes(cell(rows, at, 2)), lsn_of(cell(rows, at, 3))});
  }
  return {};
}

}  // namespace wakestream::cdc
