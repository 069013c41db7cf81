#include "context/store_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace wakestream::context {

StoreStatement::Step StoreStatement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return Step::row;
    case SQLITE_DONE:
      return Step::done;
    default:
      return Step::failed;
  }
}

std::string_view StoreStatement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string_view{}
                         : std::string_view(data, static_cast<std::size_t>(size));
}

bool StoreStatement::execute() {
  const auto outcome = step();
  reset();
  return outcome == Step::done;
}

tl::expected<StoreFile, StoreFile::Error> StoreFile::open(const std::string& name) {
  std::error_code ignored;
  const auto folder = std::filesystem::path(name).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  StoreFile file;
  file.name_ = name;
  file.what_ = "the context's store " + name;
  sqlite3* handle = nullptr;
  const auto code = sqlite3_open_v2(
      name.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
      nullptr);
  file.handle_.reset(handle);
  if (code != SQLITE_OK) return tl::unexpected(Error{false, file.problem()});
  // The lock is taken by the first write and kept.
  const auto locked =
      file.run("PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
  if (!locked) {
    const auto primary = sqlite3_errcode(handle) & 0xff;
    return tl::unexpected(
        Error{primary == SQLITE_BUSY || primary == SQLITE_LOCKED, locked.error()});
  }
  return file;
}

tl::expected<StoreFile, std::string> StoreFile::open_temporary(std::string what) {
  StoreFile file;
  file.what_ = std::move(what);
  sqlite3* handle = nullptr;
  const auto code = sqlite3_open_v2(
      "", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  file.handle_.reset(handle);
  if (code != SQLITE_OK) return tl::unexpected(file.problem());
  return file;
}

void StoreFile::watch(std::atomic<bool>* gives_up) {
  constexpr int steps_between = 10'000;
  const auto asked = [](void* flag) {
    return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
  };
  sqlite3_progress_handler(handle_.get(), steps_between, gives_up != nullptr ? +asked : nullptr,
                           gives_up);
}

auto StoreFile::prepare(const std::string& sql) -> Result<StoreStatement> {
  sqlite3_stmt* statement = nullptr;
  const auto code = sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                                       SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(problem());
  return StoreStatement(statement);
}

auto StoreFile::run(const std::string& sql) -> Result<void> {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return tl::unexpected(problem());
  return {};
}

auto StoreFile::number(const std::string& sql) -> Result<std::int64_t> {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  if (statement->step() != StoreStatement::Step::row) return tl::unexpected(problem());
  return statement->number(0);
}

auto StoreFile::text(const std::string& sql) -> Result<std::string> {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  if (statement->step() != StoreStatement::Step::row) return tl::unexpected(problem());
  return std::string(statement->bytes(0));
}

auto StoreFile::begin_anew() -> Result<void> {
  // The way that SQLite documents: everything goes, in whatever state it is.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  auto done = run("VACUUM");
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  return done;
}

std::string StoreFile::problem() const {
  return fmt::format("{}: {}", what_, handle_ ? sqlite3_errmsg(handle_.get()) : "no memory left");
}

}  // namespace wakestream::context
