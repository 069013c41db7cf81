#include "log/embedded/connection.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "log/embedded/text_bytes.h"

namespace wakestream::log::embedded {

namespace {

ErrorKind kind_of(int code, Stage stage, int system_error) {
  const int primary = code & 0xff;
  if (stage == Stage::writing) return ErrorKind::in_doubt;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_ERROR) {
    return ErrorKind::corrupt;
  }
  const bool refused = system_error == EACCES || system_error == EPERM || system_error == EROFS;
  if (primary == SQLITE_PERM || primary == SQLITE_READONLY || primary == SQLITE_AUTH) {
    return ErrorKind::denied;
  }
  if (primary == SQLITE_CANTOPEN && refused) return ErrorKind::denied;
  return ErrorKind::unreachable;
}

std::string in_words(int code, const std::string& file, int system_error, const char* message) {
  const std::string system =
      system_error == 0 ? std::string() : fmt::format(": {}", std::strerror(system_error));
  const bool no_room = system_error == ENOSPC || system_error == EDQUOT;
  switch (no_room ? SQLITE_FULL : code & 0xff) {
    case SQLITE_FULL:
      return fmt::format("disk full: no room left for {}", file);
    case SQLITE_IOERR:
      return fmt::format("input/output error on {}{} (SQLite code {})", file, system, code);
    case SQLITE_READONLY:
      return fmt::format("{} is read-only", file);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("{} is locked by another process for too long", file);
    case SQLITE_CANTOPEN:
      return fmt::format("{} cannot be opened{}", file, system);
    case SQLITE_NOTADB:
      return fmt::format("{} is not an event log of wakestream: not an SQLite file", file);
    case SQLITE_CORRUPT:
      return fmt::format("{} is damaged: {}", file, message);
    case SQLITE_NOMEM:
      return fmt::format("no memory left while using {}", file);
    default:
      return fmt::format("{}: {} (SQLite code {})", file, message, code);
  }
}

}  // namespace

int Statement::execute() {
  int code = step();
  // A pragma or RETURNING may give a row before it is done.
  while (code == SQLITE_ROW) code = step();
  reset();
  return code;
}

void Statement::bind_bytes(int at, std::string_view bytes) {
  if (is_text(bytes)) {
    bind_text(at, bytes);
  } else {
    sqlite3_bind_blob64(get(), at, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
}

void Statement::bind_text(int at, std::string_view text) {
  // A null pointer would bind NULL; an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(get(), at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(get(), column));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

Result<Connection> Connection::open(const std::string& file, Access access,
                                    Milliseconds busy_wait) {
  // A reader opens for writing too, because WAL mode keeps its read marks in shared memory;
  // query_only holds it to its word. SQLite itself falls back to reading only where the file may
  // not be written.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (access == Access::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Connection connection(handle, file);
  if (code != SQLITE_OK) return tl::unexpected(connection.error(code, Stage::opening));
  connection.set_busy_wait(busy_wait);
  if (access == Access::read) {
    // A reader that happens to close last must not do the writer's work, least of all on a full
    // disk.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // 1 MiB of cache: a reader goes through the file once.
    if (auto set = connection.run("PRAGMA query_only=1; PRAGMA cache_size=-1024", Stage::opening);
        !set) {
      return tl::unexpected(std::move(set.error()));
    }
  }
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql, Stage stage) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code, stage));
  return Statement(statement);
}

Result<void> Connection::run(const std::string& sql, Stage stage) {
  const int code = sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error(code, stage));
  return {};
}

Result<std::int64_t> Connection::number(std::string_view sql, Stage stage) {
  auto statement = prepare(sql, stage);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  const int code = statement->step();
  if (code == SQLITE_ROW) return statement->number(0);
  if (code == SQLITE_DONE) return 0;
  return tl::unexpected(error(code, stage));
}

Error Connection::error(int code, Stage stage) const {
  const int primary = code & 0xff;
  // SQLite keeps the last errno of the connection, which means nothing when the failure was not the
  // system's.
  const bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  const int system_error = from_system && get() != nullptr ? sqlite3_system_errno(get()) : 0;
  const char* message = get() == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(get());
  auto words = in_words(code, file_, system_error, message);
  if (primary == SQLITE_FULL && file_bytes_max_ > 0) {
    words += fmt::format(", or its limit of {} bytes is reached", file_bytes_max_);
  }
  return {kind_of(code, stage, system_error), std::move(words)};
}

}  // namespace wakestream::log::embedded
