#include "cdc/snapshot/reading_session.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "cdc/session/server_error.h"

namespace wakestream::cdc {

namespace {

// A change of the table must not wait behind us, nor we for long behind it.
constexpr const char* session_sql =
    "SET row_security = off; SET lock_timeout = '3s'; SET default_transaction_read_only = on";

}  // namespace

// What the server refuses now and may not refuse later: locks, conflicts with recovery, resources,
// a table that was changed since it was described. A value is never repeated: class 22 quotes it in
// its message, and a function may say what it likes.
SnapshotProblem ReadingSession::problem_of_result(const PGresult* result,
                                                  const std::string& doing) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  if (state.starts_with("22"))
    return {
        fmt::format("{}: a value has not the form that its type wants (SQLSTATE {})", doing, state),
        false};
  if (state.starts_with("P0"))
    return {fmt::format("{}: a function that it calls failed (SQLSTATE {})", doing, state), false};
  const auto error = error_of(result, doing);
  const bool passes = error.kind == ErrorKind::connection_failed || state == "55P03" ||
                      state == "57014" || state == "42703" || state == "42P01" ||
                      state.starts_with("40") || state.starts_with("58");
  return {error.message, passes};
}

SnapshotResult<ReadingSession> ReadingSession::connect(const SessionOptions& options) {
  auto connection = connect_for_queries(options);
  if (!connection) return tl::make_unexpected(problem_of(connection.error()));
  ReadingSession session(std::move(*connection), options);
  if (auto set = session.set_up(); !set) return tl::make_unexpected(set.error());
  return session;
}

// The server would go on with a query that nobody waits for.
ReadingSession::~ReadingSession() {
  if (connection_ && PQtransactionStatus(server()) == PQTRANS_ACTIVE) cancel();
}

SnapshotResult<void> ReadingSession::set_up() {
  auto set = execute(server(), session_sql, "set up the snapshot's session", patience());
  if (!set) return tl::make_unexpected(problem_of(set.error()));
  if (!options_.only) return {};
  auto row = execute(server(), std::string("SELECT ") + server_start_column,
                     "ask the server what it is", patience());
  if (!row) return tl::make_unexpected(problem_of(row.error()));
  if (options_.only->started_at != cell(row->get(), 0, 0))
    return passing(
        "the snapshot's connection reached another server than the stream's, or one that was "
        "restarted: source.url must lead both to the same one, without a load balancer in between");
  return {};
}

Quoting ReadingSession::quoting() const {
  auto* const connection = server();
  return {[connection](const std::string& text) { return quote_literal(connection, text); },
          [connection](const std::string& name) { return quote_identifier(connection, name); }};
}

SnapshotResult<ResultPtr> ReadingSession::run(const std::string& sql, const std::string& doing) {
  if (auto sent = send(sql, doing); !sent) return tl::make_unexpected(sent.error());
  const auto deadline = Clock::now() + options_.timeout;
  ResultPtr last;
  while (true) {
    auto result = next_result(deadline, doing);
    if (!result) return result;
    if (!*result) return last;
    const auto status = PQresultStatus(result->get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      return tl::make_unexpected(problem_of_result(result->get(), doing));
    last = std::move(*result);
  }
}

SnapshotResult<void> ReadingSession::send(const std::string& sql, const std::string& doing) {
  if (PQsendQuery(server(), sql.c_str()) == 0)
    return passing(connection_error(server(), doing).message);
  return {};
}

SnapshotResult<ResultPtr> ReadingSession::next_result(Clock::time_point deadline,
                                                      const std::string& doing) {
  while (PQflush(server()) == 1) {
    if (auto ready = await_socket(server(), true, deadline, patience(), doing); !ready)
      return tl::make_unexpected(problem_of(ready.error()));
  }
  while (PQisBusy(server()) != 0) {
    if (auto ready = await_socket(server(), false, deadline, patience(), doing); !ready)
      return tl::make_unexpected(problem_of(ready.error()));
    if (PQconsumeInput(server()) == 0) return passing(connection_error(server(), doing).message);
  }
  return ResultPtr(PQgetResult(server()));
}

SnapshotResult<bool> ReadingSession::copy_line(RowBlock* block, Clock::time_point deadline,
                                               const std::string& doing) {
  while (true) {
    char* line = nullptr;
    const int size = PQgetCopyData(server(), &line, 1);
    if (size == -1) return false;
    if (size == -2) return passing(connection_error(server(), doing).message);
    if (size == 0) {
      if (auto ready = await_socket(server(), false, deadline, patience(), doing); !ready)
        return tl::make_unexpected(problem_of(ready.error()));
      if (PQconsumeInput(server()) == 0) return passing(connection_error(server(), doing).message);
      continue;
    }
    const bool added =
        block == nullptr || block->add_copy_line({line, static_cast<std::size_t>(size)});
    PQfreemem(line);
    if (added) return true;
    return tl::make_unexpected(SnapshotProblem{
        doing + ": the server sent a line that is no row of COPY's text format", false});
  }
}

void ReadingSession::cancel() const {
  PGcancel* request = PQgetCancel(server());
  if (request == nullptr) return;
  std::array<char, 256> message{};
  PQcancel(request, message.data(), static_cast<int>(message.size()));
  PQfreeCancel(request);
}

}  // namespace wakestream::cdc
