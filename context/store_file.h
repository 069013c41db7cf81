// One SQLite file of this process alone, and its statements, as values that close themselves.
//
// Belongs to one thread at a time. A statement must not outlive its file.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace wakestream::context {

class StoreStatement {
 public:
  enum class Step : std::uint8_t { row, done, failed };

  StoreStatement() = default;
  explicit StoreStatement(sqlite3_stmt* statement) : statement_(statement) {}

  void bind(int at, std::int64_t number) { sqlite3_bind_int64(statement_.get(), at, number); }
  // As a blob; must live until the statement was stepped.
  void bind(int at, std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(statement_.get(), at, data, bytes.size(), SQLITE_STATIC);
  }
  void bind_null(int at) { sqlite3_bind_null(statement_.get(), at); }
  Step step();
  // Valid until the next step or reset.
  std::string_view bytes(int column) const;
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  void reset() { sqlite3_reset(statement_.get()); }
  // Of one that gives no rows. False: the file has the problem.
  bool execute();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class StoreFile {
 public:
  static constexpr std::int64_t format_version = 1;

  struct Error {
    bool held = false;  // another process has it
    std::string sentence;
  };

  StoreFile() = default;
  // Makes it when it is missing, and its folder; holds the lock on it from here on.
  static tl::expected<StoreFile, Error> open(const std::string& name);
  // One without a name, in SQLITE_TMPDIR, else /var/tmp: gone with this object, and with the
  // process however that ends. `what` it is, for people.
  static tl::expected<StoreFile, std::string> open_temporary(std::string what);

  const std::string& name() const { return name_; }
  template <class T>
  using Result = tl::expected<T, std::string>;
  Result<StoreStatement> prepare(const std::string& sql);
  Result<void> run(const std::string& sql);
  // The first column of the first row; an error when there is no row.
  Result<std::int64_t> number(const std::string& sql);
  Result<std::string> text(const std::string& sql);
  // Everything in it is gone.
  Result<void> begin_anew();
  // A statement that runs ends with an error soon after `gives_up` is true; null: none does any
  // more. It must live until then.
  void watch(std::atomic<bool>* gives_up);
  // What went wrong last, as a sentence.
  std::string problem() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string name_;
  std::string what_;  // for people
};

}  // namespace wakestream::context
