#include "cdc/session/slot_creation.h"

#include <fmt/format.h>

#include <utility>

#include "cdc/session/server_error.h"

namespace wakestream::cdc {

namespace {

constexpr std::chrono::milliseconds beside_timeout{2'000};

}  // namespace

Result<std::unique_ptr<SlotCreation>> SlotCreation::begin(PGconn* session,
                                                          const SessionOptions& options,
                                                          const NewSlot& slot) {
  // The form without parentheses is the one that every version knows.
  std::string how = slot.exports_snapshot ? "EXPORT_SNAPSHOT" : "NOEXPORT_SNAPSHOT";
  if (slot.failover)
    how =
        fmt::format("(SNAPSHOT '{}', FAILOVER true)", slot.exports_snapshot ? "export" : "nothing");
  const auto statement = fmt::format("CREATE_REPLICATION_SLOT {} LOGICAL pgoutput {}",
                                     quote_identifier(session, slot.name), how);
  std::unique_ptr<SlotCreation> creation(
      new SlotCreation(session, options, fmt::format("create slot \"{}\"", slot.name)));
  if (PQsendQuery(session, statement.c_str()) == 0)
    return tl::make_unexpected(connection_error(session, creation->doing_));
  return creation;
}

SlotCreation::~SlotCreation() {
  if (done_ || PQstatus(session_) != CONNECTION_OK) return;
  // Whoever asked the program to end asks for this, too.
  if (const auto connection = beside(-1)) {
    (void)execute(*connection, fmt::format("SELECT pg_cancel_backend({})", PQbackendPID(session_)),
                  "give up the slot", beside_timeout);
  }
}

Result<std::optional<MadeSlot>> SlotCreation::look() {
  if (PQflush(session_) < 0 || PQconsumeInput(session_) == 0) {
    done_ = true;
    return tl::make_unexpected(connection_error(session_, doing_));
  }
  ResultPtr last;
  while (PQisBusy(session_) == 0) {
    ResultPtr next(PQgetResult(session_));
    if (!next) {
      done_ = true;
      break;
    }
    last = std::move(next);
  }
  if (!last) return std::nullopt;
  // The statement has one result; what ends it comes with it or soon.
  while (!done_) done_ = PQgetResult(session_) == nullptr;
  if (PQresultStatus(last.get()) != PGRES_TUPLES_OK)
    return tl::make_unexpected(error_of(last.get(), doing_));
  return MadeSlot{parse_lsn(cell(last.get(), 0, 1)).value_or(Lsn{}), cell(last.get(), 0, 2)};
}

Result<PGconn*> SlotCreation::beside(int interrupt_fd) {
  if (beside_ && PQstatus(beside_.get()) == CONNECTION_OK) return beside_.get();
  auto options = options_;
  options.timeout = beside_timeout;
  options.interrupt_fd = interrupt_fd;
  options.only = instance_at(session_, {});
  auto connection = connect_for_queries(options);
  if (!connection) return tl::make_unexpected(connection.error());
  beside_ = std::move(*connection);
  return beside_.get();
}

Result<std::string> SlotCreation::waits_for() {
  const auto connection = beside(options_.interrupt_fd);
  if (!connection) return tl::make_unexpected(connection.error());
  auto answer = execute(
      *connection,
      fmt::format("SELECT pg_is_in_recovery(), (SELECT string_agg(CASE WHEN blocker.pid = 0 THEN "
                  "'a prepared transaction (pg_prepared_xacts)' ELSE format('the transaction of "
                  "pid %s%s', blocker.pid, (SELECT format(' (%s, for %s)', application_name, "
                  "date_trunc('second', now() - xact_start)) FROM pg_stat_activity WHERE pid = "
                  "blocker.pid AND xact_start IS NOT NULL)) END, ' and ') FROM "
                  "unnest(pg_blocking_pids({})) AS blocker(pid))",
                  PQbackendPID(session_)),
      "ask what the slot waits for", {beside_timeout, options_.interrupt_fd});
  if (!answer) {
    beside_.reset();
    return tl::make_unexpected(answer.error());
  }
  const auto blockers = cell(answer->get(), 0, 1);
  if (!blockers.empty()) return fmt::format("{} to end", blockers);
  if (cell(answer->get(), 0, 0) == "t")
    return "the primary to say which transactions run there, and for those to end: SELECT "
           "pg_log_standby_snapshot() at the primary makes it say so at once";
  return "transactions that run to end";
}

}  // namespace wakestream::cdc
