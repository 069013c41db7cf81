#include "cdc/session/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "cdc/session/server_error.h"

namespace wakestream::cdc {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

milliseconds left_until(Clock::time_point deadline) {
  return std::max(milliseconds(0),
                  std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

// What a value looks like as text hangs on these, so they are the session's and not the user's.
// bytea and dates come out as to_jsonb gives them; floats in the shortest form that reads back.
constexpr const char* pinned_settings =
    "-c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=postgres -c extra_float_digits=1 -c "
    "bytea_output=hex -c search_path= "
    "-c statement_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0";

// The least time for one of several hosts.
constexpr milliseconds host_timeout_min{2'000};

enum class Until : std::uint8_t { session, tls };

// Behind the handshake libpq says that the connection is made, and sends its first message when it
// is polled next.
bool reached(PGconn* connection, Until until) {
  return until == Until::tls && PQstatus(connection) == CONNECTION_MADE &&
         PQsslInUse(connection) != 0;
}

Result<ConnectionPtr> finish_connecting(ConnectionPtr connection, Until until, Patience patience) {
  const auto deadline = Clock::now() + patience.timeout;
  auto state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK && !reached(connection.get(), until)) {
    if (state == PGRES_POLLING_FAILED)
      return tl::make_unexpected(
          connection_error(connection.get(), "cannot connect to PostgreSQL"));
    auto waited = await_socket(connection.get(), state == PGRES_POLLING_WRITING, deadline, patience,
                               fmt::format("cannot connect to PostgreSQL at {}:{}",
                                           PQhost(connection.get()), PQport(connection.get())));
    if (!waited) return tl::make_unexpected(waited.error());
    state = PQconnectPoll(connection.get());
  }
  return connection;
}

Result<ConnectionPtr> connect_by(const ConninfoParameters& parameters, Until until,
                                 const SessionOptions& options) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : parameters.all()) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  ConnectionPtr connection(PQconnectStartParams(names.data(), values.data(), 0));
  if (!connection)
    return tl::make_unexpected(
        Error{ErrorKind::connection_failed, "out of memory while connecting", {}});
  if (PQstatus(connection.get()) == CONNECTION_BAD)
    return tl::make_unexpected(connection_error(connection.get(), "cannot connect to PostgreSQL"));
  return finish_connecting(std::move(connection), until, {options.timeout, options.interrupt_fd});
}

// libpq goes from a host that refuses to the next by itself, but not from one that is silent, as a
// machine that died is: only its blocking calls have a time for each host.
Result<ConnectionPtr> connect_to_one_of(const std::vector<ConninfoParameters>& hosts,
                                        const SessionOptions& options) {
  auto each = options;
  if (hosts.size() > 1)
    each.timeout = std::max(host_timeout_min, options.timeout / static_cast<int>(hosts.size()));
  Error problem{ErrorKind::connection_failed, {}, {}};
  for (const auto& host : hosts) {
    auto connected = connect_by(host, Until::session, each);
    // Whom one host refuses the next ones are not asked for, as by libpq.
    if (connected || connected.error().kind == ErrorKind::access_denied ||
        connected.error().kind == ErrorKind::wrong_database)
      return connected;
    problem.kind = connected.error().kind;
    problem.message += (problem.message.empty() ? "" : "; ") + connected.error().message;
  }
  return tl::make_unexpected(std::move(problem));
}

Result<ConnectionPtr> connect(const SessionOptions& options, bool for_replication) {
  auto parameters =
      ConninfoParameters::parse(options.conninfo_now ? options.conninfo_now() : options.conninfo);
  if (!parameters) return tl::make_unexpected(parameters.error());
  const auto users_options = parameters->get("options");
  if (for_replication) parameters->set("replication", "database");
  if (options.only) {
    parameters->set("host", options.only->host);
    parameters->set("hostaddr", options.only->address);
    parameters->set("port", options.only->port);
    parameters->set("target_session_attrs", "any");
  }
  parameters->set("client_encoding", "UTF8");
  parameters->set("options",
                  users_options.empty() ? pinned_settings : users_options + " " + pinned_settings);
  if (parameters->get("application_name").empty())
    parameters->set("application_name", options.application_name);
  // A dead peer is found out by the kernel even while nothing is owed.
  parameters->set("keepalives", "1");
  parameters->set("keepalives_idle", "10");
  parameters->set("keepalives_interval", "5");
  parameters->set("keepalives_count", "3");
  // Keepalives rest while something that we sent is not acknowledged; then this counts.
  if (parameters->get("tcp_user_timeout").empty()) parameters->set("tcp_user_timeout", "25000");
  auto connected = connect_to_one_of(parameters->of_each_host(), options);
  if (!connected) return connected;
  // Notices would go to stderr by themselves.
  PQsetNoticeProcessor(connected->get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connected->get(), 1);
  return connected;
}

}  // namespace

Result<ConnectionPtr> connect_for_replication(const SessionOptions& options) {
  return connect(options, true);
}

Result<ConnectionPtr> connect_for_queries(const SessionOptions& options) {
  return connect(options, false);
}

Result<void> await_socket(PGconn* connection, bool to_write, Clock::time_point deadline,
                          Patience patience, std::string_view doing) {
  pollfd entries[] = {{PQsocket(connection), static_cast<short>(to_write ? POLLOUT : POLLIN), 0},
                      {patience.interrupt_fd, POLLIN, 0}};
  while (true) {
    const int ready = poll(entries, 2, static_cast<int>(left_until(deadline).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && entries[1].revents == 0) return {};
    const auto why = ready > 0 ? std::string("ended before PostgreSQL answered, as asked")
                               : fmt::format("no answer in {} ms", patience.timeout.count());
    return tl::make_unexpected(
        Error{ErrorKind::connection_failed, fmt::format("{}: {}", doing, why), {}});
  }
}

Result<ConnectionPtr> connect_as_far_as_tls(const ConninfoParameters& parameters,
                                            const SessionOptions& options) {
  return connect_by(parameters, Until::tls, options);
}

bool wait_for_socket(PGconn* connection, bool to_write, milliseconds wait) {
  pollfd entry{PQsocket(connection), static_cast<short>(to_write ? POLLOUT : POLLIN), 0};
  return poll(&entry, 1, static_cast<int>(wait.count())) > 0;
}

Result<ResultPtr> execute(PGconn* connection, const std::string& statement, std::string_view doing,
                          Patience patience) {
  const auto deadline = Clock::now() + patience.timeout;
  if (PQsendQuery(connection, statement.c_str()) == 0)
    return tl::make_unexpected(connection_error(connection, doing));
  ResultPtr last;
  while (true) {
    while (PQflush(connection) == 1) {
      if (auto waited = await_socket(connection, true, deadline, patience, doing); !waited)
        return tl::make_unexpected(waited.error());
    }
    while (PQisBusy(connection) != 0) {
      if (auto waited = await_socket(connection, false, deadline, patience, doing); !waited)
        return tl::make_unexpected(waited.error());
      if (PQconsumeInput(connection) == 0)
        return tl::make_unexpected(connection_error(connection, doing));
    }
    ResultPtr next(PQgetResult(connection));
    if (!next) break;
    last = std::move(next);
    const auto status = PQresultStatus(last.get());
    if (status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT || status == PGRES_COPY_IN) break;
  }
  if (!last) return tl::make_unexpected(connection_error(connection, doing));
  switch (PQresultStatus(last.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_COPY_BOTH:
      return last;
    default:
      return tl::make_unexpected(error_of(last.get(), doing));
  }
}

std::string quote_literal(PGconn* connection, const std::string& text) {
  char* quoted = PQescapeLiteral(connection, text.data(), text.size());
  std::string result = quoted == nullptr ? "''" : quoted;
  PQfreemem(quoted);
  return result;
}

std::string quote_identifier(PGconn* connection, const std::string& name) {
  char* quoted = PQescapeIdentifier(connection, name.data(), name.size());
  std::string result = quoted == nullptr ? "\"\"" : quoted;
  PQfreemem(quoted);
  return result;
}

ServerInstance instance_at(const PGconn* connection, std::string started_at) {
  const char* address = PQhostaddr(connection);
  return {PQhost(connection), address == nullptr ? "" : address, PQport(connection),
          std::move(started_at)};
}

std::string cell(const PGresult* result, int row, int column) {
  return {PQgetvalue(result, row, column),
          static_cast<std::size_t>(PQgetlength(result, row, column))};
}

}  // namespace wakestream::cdc
