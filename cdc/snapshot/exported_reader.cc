#include "cdc/snapshot/exported_reader.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "cdc/snapshot/chunk_sql.h"
#include "cdc/snapshot/describe_table.h"

namespace wakestream::cdc {

namespace {

// From 17 on a transaction may have a time of its own.
constexpr const char* without_end_sql =
    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";

// What TRUNCATE and rewriting forms of ALTER TABLE leave is empty for older snapshots. A snapshot
// sees the catalogue's rows as they were then, and the function which file it is now.
constexpr const char* rewritten_sql =
    "SELECT coalesce(bool_or(relfilenode <> pg_relation_filenode(oid)), false) FROM pg_class WHERE "
    "oid = {0}::regclass OR oid IN (SELECT relid FROM pg_partition_tree({0}::regclass))";

}  // namespace

SnapshotResult<std::unique_ptr<ExportedReader>> ExportedReader::open(const SessionOptions& options,
                                                                     const std::string& snapshot,
                                                                     const std::string& publication,
                                                                     const std::string& table) {
  auto session = ReadingSession::connect(options);
  if (!session) return tl::make_unexpected(session.error());
  std::unique_ptr<ExportedReader> reader(new ExportedReader(std::move(*session)));
  if (auto imported = reader->import(snapshot); !imported)
    return tl::make_unexpected(imported.error());
  if (auto looked = reader->look_at_table(publication, table); !looked)
    return tl::make_unexpected(looked.error());
  return reader;
}

// Whatever is wrong with a snapshot, the next slot's is another one.
SnapshotResult<void> ExportedReader::import(const std::string& snapshot) {
  const std::string doing = "take over the slot's snapshot";
  if (auto set = session_.run(without_end_sql, doing); !set)
    return tl::make_unexpected(set.error());
  auto begun = session_.run(
      fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {}",
                  session_.quoting().literal(snapshot)),
      doing);
  if (!begun) return passing(begun.error().message);
  auto time = session_.run("SELECT (extract(epoch FROM now()) * 1000000)::bigint", doing);
  if (!time) return tl::make_unexpected(time.error());
  read_at_us_ = std::strtoll(cell(time->get(), 0, 0).c_str(), nullptr, 10);
  return {};
}

// Behind the lock nobody rewrites it any more.
SnapshotResult<void> ExportedReader::look_at_table(const std::string& publication,
                                                   const std::string& table) {
  auto described = describe_table(session_.server(), publication, table, session_.patience());
  if (!described) return tl::make_unexpected(described.error());
  table_ = std::move(*described);
  doing_ = fmt::format("read every row of {}", table);
  const auto quoting = session_.quoting();
  const auto name = table_sql(table_, quoting);
  auto locked = session_.run(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", name), doing_);
  if (!locked) return tl::make_unexpected(locked.error());
  auto rewritten =
      session_.run(fmt::format(fmt::runtime(rewritten_sql), quoting.literal(name)), doing_);
  if (!rewritten) return tl::make_unexpected(rewritten.error());
  if (cell(rewritten->get(), 0, 0) != "f")
    return passing(fmt::format(
        "{}: it was emptied or rewritten (TRUNCATE, ALTER TABLE, VACUUM FULL) just now", doing_));
  return {};
}

SnapshotResult<void> ExportedReader::begin_rows() {
  if (auto sent = session_.send(copy_every_sql(table_, session_.quoting()), doing_); !sent)
    return sent;
  auto result = session_.next_result(ReadingSession::rows_deadline(), doing_);
  if (!result) return tl::make_unexpected(result.error());
  if (!*result) return passing(doing_ + ": the connection was lost");
  if (PQresultStatus(result->get()) != PGRES_COPY_OUT)
    return tl::make_unexpected(ReadingSession::problem_of_result(result->get(), doing_));
  reads_ = true;
  return {};
}

// Only now it is known that the server has sent all of them.
SnapshotResult<void> ExportedReader::end_rows(ReadingSession::Clock::time_point deadline) {
  bool copied = false;
  while (true) {
    auto result = session_.next_result(deadline, doing_);
    if (!result) return tl::make_unexpected(result.error());
    if (!*result) break;
    if (PQresultStatus(result->get()) != PGRES_COMMAND_OK)
      return tl::make_unexpected(ReadingSession::problem_of_result(result->get(), doing_));
    copied = true;
  }
  if (!copied) return passing(doing_ + ": the connection was lost");
  if (auto ended = session_.run("COMMIT", doing_); !ended)
    return tl::make_unexpected(ended.error());
  return {};
}

SnapshotResult<ExportedReader::Rows> ExportedReader::read(std::size_t rows_max,
                                                          std::size_t bytes_max) {
  if (!reads_)
    if (auto begun = begin_rows(); !begun) return tl::make_unexpected(begun.error());
  const auto deadline = ReadingSession::rows_deadline();
  Rows out{RowBlock(table_.relation.columns.size()), false};
  out.rows.reserve(rows_max, bytes_max);
  while (out.rows.row_count() < rows_max && out.rows.byte_count() < bytes_max) {
    const auto more = session_.copy_line(&out.rows, deadline, doing_);
    if (!more) return tl::make_unexpected(more.error());
    if (*more) continue;
    if (auto ended = end_rows(deadline); !ended) return tl::make_unexpected(ended.error());
    out.reached_end = true;
    return out;
  }
  return out;
}

}  // namespace wakestream::cdc
