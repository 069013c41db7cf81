#include "log/embedded/log_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "log/embedded/folder.h"

namespace wakestream::log::embedded {

namespace {

constexpr std::int64_t page_bytes = 8192;

enum class Format : std::uint8_t { empty, ours };

struct Marks {
  std::int64_t application = 0;
  std::int64_t format = 0;
  std::int64_t table_count = 0;
};

Result<Marks> read_marks(Connection& connection) {
  Marks marks;
  const auto application = connection.number("PRAGMA application_id", Stage::opening);
  if (!application) return tl::unexpected(application.error());
  marks.application = *application;
  const auto format = connection.number("PRAGMA user_version", Stage::opening);
  if (!format) return tl::unexpected(format.error());
  marks.format = *format;
  const auto tables = connection.number("SELECT count(*) FROM sqlite_schema", Stage::opening);
  if (!tables) return tl::unexpected(tables.error());
  marks.table_count = *tables;
  return marks;
}

// Reads without changing anything: a foreign file stays as it is, journal mode included.
Result<Format> judge(const Marks& marks, const std::string& file) {
  if (marks.application == application_id && marks.format == format_version) return Format::ours;
  if (marks.application == application_id) {
    return tl::unexpected(Error{
        ErrorKind::corrupt,
        fmt::format(
            "{} has format {}, and this program knows format {}: use the program that wrote it",
            file, marks.format, format_version)});
  }
  if (marks.application == 0 && marks.format == 0 && marks.table_count == 0) return Format::empty;
  return tl::unexpected(
      Error{ErrorKind::corrupt,
            fmt::format("{} is an SQLite file of another program, not an event log of wakestream: "
                        "move it away or choose another folder",
                        file)});
}

Result<Format> check_format(Connection& connection) {
  const bool inside_transaction = sqlite3_get_autocommit(connection.get()) == 0;
  // All marks as of one moment: another process may be making the file right now.
  if (!inside_transaction) {
    if (auto begun = connection.run("BEGIN", Stage::opening); !begun) {
      return tl::unexpected(std::move(begun.error()));
    }
  }
  const auto marks = read_marks(connection);
  if (!inside_transaction) (void)connection.run("COMMIT", Stage::opening);
  if (!marks) return tl::unexpected(marks.error());
  return judge(*marks, connection.file());
}

// While another connection does the same SQLite answers "busy" at once, without its busy wait.
Result<void> switch_to_wal(Connection& connection, Milliseconds busy_wait) {
  const auto give_up = std::chrono::steady_clock::now() + busy_wait;
  for (;;) {
    auto set = connection.run(
        fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL", page_bytes), Stage::opening);
    const bool busy = !set && sqlite3_errcode(connection.get()) == SQLITE_BUSY;
    if (!busy || std::chrono::steady_clock::now() > give_up) return set;
    std::this_thread::sleep_for(Milliseconds{5});
  }
}

std::string format_statements() {
  return fmt::format(R"sql(
    CREATE TABLE writer (
      id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, incarnation TEXT NOT NULL) STRICT;
    INSERT INTO writer VALUES (1, 0, '');
    CREATE TABLE topics (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partition_count INTEGER NOT NULL,
      cleanup TEXT NOT NULL CHECK (cleanup IN ('by_age', 'compact')), retention_hours INTEGER NOT NULL) STRICT;
    CREATE TABLE consumed (
      consumer_group TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
      PRIMARY KEY (consumer_group, topic, partition)) STRICT, WITHOUT ROWID;
    CREATE VIEW records (topic, partition, offset, timestamp_ms, key, value, headers) AS
      SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
    PRAGMA application_id = {};
    PRAGMA user_version = {};
  )sql",
                     application_id, format_version);
}

Result<void> make_format(Connection& connection, Milliseconds busy_wait) {
  // Neither can be changed inside a transaction. Both are kept in the file.
  if (auto set = switch_to_wal(connection, busy_wait); !set) return set;
  auto begun = connection.run("BEGIN IMMEDIATE", Stage::opening);
  if (!begun) return begun;
  // Another process may have been faster.
  const auto format = check_format(connection);
  if (!format) return tl::unexpected(format.error());
  if (*format == Format::ours) return connection.run("ROLLBACK", Stage::opening);
  auto made = connection.run(format_statements(), Stage::opening);
  if (!made) return made;
  return connection.run("COMMIT", Stage::opening);
}

}  // namespace

Result<std::optional<Connection>> open_for_reading(const std::string& file,
                                                   Milliseconds busy_wait) {
  if (::access(file.c_str(), F_OK) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<Connection>();
    return tl::unexpected(system_error(errno, "look at", file));
  }
  auto connection = Connection::open(file, Access::read, busy_wait);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  const auto format = check_format(*connection);
  if (!format) return tl::unexpected(format.error());
  if (*format == Format::empty) return std::optional<Connection>();
  return std::optional<Connection>(std::move(*connection));
}

Result<Connection> open_for_writing(const std::string& file, std::int64_t file_bytes_max,
                                    Milliseconds busy_wait) {
  auto connection = Connection::open(file, Access::create, busy_wait);
  if (!connection) return connection;
  const auto format = check_format(*connection);
  if (!format) return tl::unexpected(format.error());
  // FULL, so that a commit has been synced when it returns. 6 MiB of page cache: a transaction at
  // its limit (6 MiB of records) spills into the WAL early instead of growing the process. A WAL
  // that grew beyond 16 MiB is cut to that when it starts again.
  auto set = connection->run(
      "PRAGMA synchronous=FULL; PRAGMA cache_size=-6144; PRAGMA temp_store=MEMORY; PRAGMA "
      "journal_size_limit=16777216",
      Stage::opening);
  if (!set) return tl::unexpected(std::move(set.error()));
  if (*format == Format::empty) {
    if (auto made = make_format(*connection, busy_wait); !made)
      return tl::unexpected(std::move(made.error()));
  }
  if (file_bytes_max > 0) {
    set = connection->run(fmt::format("PRAGMA max_page_count={}",
                                      std::max<std::int64_t>(1, file_bytes_max / page_bytes)),
                          Stage::opening);
    if (!set) return tl::unexpected(std::move(set.error()));
    connection->set_file_bytes_max(file_bytes_max);
  }
  for (const auto* table : {removed_table_sql, consumed_at_table_sql}) {
    if (set = connection->run(table, Stage::opening); !set)
      return tl::unexpected(std::move(set.error()));
  }
  // After the WAL was made, so that its name is durable too.
  const auto folder = std::filesystem::path(file).parent_path().string();
  if (auto synced = sync_folder(folder.empty() ? "." : folder); !synced)
    return tl::unexpected(std::move(synced.error()));
  return connection;
}

}  // namespace wakestream::log::embedded
