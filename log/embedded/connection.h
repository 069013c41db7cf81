// One SQLite connection and its statements, as values that close themselves, with SQLite's result
// codes turned into our errors at this edge.
//
// A Connection and its Statements belong to one thread at a time. A Statement must not outlive its
// Connection.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "log/event_log.h"

namespace wakestream::log::embedded {

// What is going on decides what a failure means: opening and reading put nothing in doubt, writing
// does.
enum class Stage : std::uint8_t { opening, reading, writing };

enum class Access : std::uint8_t {
  read,    // never writes; fails when there is no file
  create,  // reads and writes; makes the file
};

class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* get() const { return statement_.get(); }
  // SQLITE_ROW, SQLITE_DONE or an error code.
  int step() { return sqlite3_step(get()); }
  // Ends the statement's part in its transaction; bindings stay.
  void reset() { sqlite3_reset(get()); }
  // Steps a statement that gives no rows, and resets it.
  int execute();

  void bind(int at, std::int64_t number) { sqlite3_bind_int64(get(), at, number); }
  // The bytes must live until the statement was stepped. TEXT when they are text (text_bytes.h),
  // else a BLOB.
  void bind_bytes(int at, std::string_view bytes);
  void bind_text(int at, std::string_view text);
  void bind_null(int at) { sqlite3_bind_null(get(), at); }

  std::int64_t number(int column) const { return sqlite3_column_int64(get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(get(), column) == SQLITE_NULL; }
  // Valid until the next step or reset.
  std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  // `busy_wait` is how long a lock of another connection is waited for, from now on.
  static Result<Connection> open(const std::string& file, Access access, Milliseconds busy_wait);

  const std::string& file() const { return file_; }
  sqlite3* get() const { return handle_.get(); }
  void set_busy_wait(Milliseconds wait) {
    sqlite3_busy_timeout(get(), static_cast<int>(wait.count()));
  }

  // Only for the words of an error: SQLite says the same of its own limit and of a full disk.
  void set_file_bytes_max(std::int64_t file_bytes_max) { file_bytes_max_ = file_bytes_max; }

  Result<Statement> prepare(std::string_view sql, Stage stage);
  // Runs one or more statements that give no rows (what they give is dropped).
  Result<void> run(const std::string& sql, Stage stage);
  // The first column of the first row; 0 when there is none.
  Result<std::int64_t> number(std::string_view sql, Stage stage);

  // `code` as our error, in words: "disk full: no room left for /log/capture.sqlite".
  Error error(int code, Stage stage) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Connection(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  std::unique_ptr<sqlite3, Close> handle_;
  std::string file_;
  std::int64_t file_bytes_max_ = 0;
};

}  // namespace wakestream::log::embedded
