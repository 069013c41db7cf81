// An ordinary connection that reads tables: read-only, with the settings of the replication session
// (so a value has the text form that the stream gives it), without a filter that nobody sees (row
// security), and without long waits for a lock.
//
// What goes wrong is a sentence for an operator, and never repeats a value. After a problem the
// session must be thrown away. Single-threaded.
#pragma once

#include <chrono>
#include <string>

#include "cdc/session/connection.h"
#include "cdc/snapshot/chunk_sql.h"
#include "cdc/snapshot/row_block.h"
#include "cdc/snapshot/snapshot_problem.h"

namespace wakestream::cdc {

class ReadingSession {
 public:
  using Clock = std::chrono::steady_clock;

  // Where the options say which server, never to another.
  static SnapshotResult<ReadingSession> connect(const SessionOptions& options);
  ~ReadingSession();
  ReadingSession(ReadingSession&&) = default;
  ReadingSession& operator=(ReadingSession&&) = delete;
  ReadingSession(const ReadingSession&) = delete;
  ReadingSession& operator=(const ReadingSession&) = delete;

  PGconn* server() const { return connection_.get(); }
  Patience patience() const { return {options_.timeout, options_.interrupt_fd}; }
  Quoting quoting() const;
  // A row filter or a condition may make the server look at many rows before it finds one.
  static Clock::time_point rows_deadline() { return Clock::now() + std::chrono::seconds(600); }

  // One statement, or several, with one last result.
  SnapshotResult<ResultPtr> run(const std::string& sql, const std::string& doing);

  // The same by hand: send, then results until there is none.
  SnapshotResult<void> send(const std::string& sql, const std::string& doing);
  SnapshotResult<ResultPtr> next_result(Clock::time_point deadline, const std::string& doing);
  // Behind a result that says COPY OUT. Its next line, which joins `block` where there is one.
  // False: there is none.
  SnapshotResult<bool> copy_line(RowBlock* block, Clock::time_point deadline,
                                 const std::string& doing);
  static SnapshotProblem problem_of_result(const PGresult* result, const std::string& doing);
  // The server gives up what it does.
  void cancel() const;

 private:
  ReadingSession(ConnectionPtr connection, SessionOptions options)
      : connection_(std::move(connection)), options_(std::move(options)) {}
  SnapshotResult<void> set_up();

  ConnectionPtr connection_;
  SessionOptions options_;
};

}  // namespace wakestream::cdc
