#include "cdc/session/server_error.h"

#include <fmt/format.h>

namespace wakestream::cdc {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ErrorKind kind_of(std::string_view state, std::string_view message) {
  if (state == "3D000") return ErrorKind::wrong_database;
  if (state.starts_with("28") || state == "42501") return ErrorKind::access_denied;
  if (state == "55006") return ErrorKind::slot_active;
  if (state == "42704" && contains(message, "publication")) return ErrorKind::publication_missing;
  if (state == "42704" && contains(message, "replication slot")) return ErrorKind::slot_missing;
  if (state == "53400") return ErrorKind::no_free_slot;
  if (state == "0A000" && contains(message, "recovery")) return ErrorKind::server_version;
  // "can no longer get changes from replication slot", "cannot read from logical replication slot":
  // its WAL is gone.
  if (state == "55000" && contains(message, "replication slot") &&
      (contains(message, "no longer") || contains(message, "cannot read"))) {
    return ErrorKind::slot_lost;
  }
  if (state == "58P01" && contains(message, "has already been removed"))
    return ErrorKind::slot_lost;
  if (state == "55000" && contains(message, "wal_level")) return ErrorKind::wal_level;
  if (contains(message, "was not created in this database")) return ErrorKind::wrong_database;
  // 57P01 to 57P03: shut down by an administrator, crashed, or still starting; class 08: connection
  // exceptions.
  if (state.starts_with("57P") || state.starts_with("08") || state.starts_with("53"))
    return ErrorKind::connection_failed;
  return ErrorKind::server_error;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char byte : text) {
    if (byte == '\n' || byte == '\t') {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else {
      line += byte;
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

}  // namespace

Error error_of(const PGresult* result, std::string_view doing) {
  const auto state = field(result, PG_DIAG_SQLSTATE);
  if (state.empty()) {
    const std::string_view said = PQresultErrorMessage(result);
    return {ErrorKind::connection_failed,
            fmt::format("{}: {}", doing, said.empty() ? "the connection was lost" : one_line(said)),
            {}};
  }
  // The detail of an error may quote data; its primary message is about objects only.
  const auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  auto sentence = fmt::format("{}: {} (SQLSTATE {})", doing, one_line(message), state);
  if (const auto hint = field(result, PG_DIAG_MESSAGE_HINT); !hint.empty())
    sentence += fmt::format(". Hint: {}", one_line(hint));
  return {kind_of(state, message), sentence, {}};
}

// Before a session there is no SQLSTATE, only libpq's text. It quotes names and addresses, never
// the password.
Error connection_error(const PGconn* connection, std::string_view doing) {
  const auto said = one_line(PQerrorMessage(connection));
  auto kind = ErrorKind::connection_failed;
  if (contains(said, "password") || contains(said, "pg_hba.conf") ||
      contains(said, "authentication") ||
      (contains(said, "role \"") && contains(said, "does not exist")) ||
      contains(said, "permission denied") ||
      contains(said, "must be superuser or replication role") ||
      contains(said, "not permitted to log in")) {
    kind = ErrorKind::access_denied;
  } else if (contains(said, "database \"") && contains(said, "does not exist")) {
    kind = ErrorKind::wrong_database;
  } else if (contains(said, "number of requested standby connections exceeds")) {
    kind = ErrorKind::no_free_slot;
  } else if (contains(said, "invalid connection option") || contains(said, "invalid URI") ||
             contains(said, "missing \"=\"")) {
    kind = ErrorKind::access_denied;
  }
  return {kind, fmt::format("{}: {}", doing, said.empty() ? "the connection was lost" : said), {}};
}

}  // namespace wakestream::cdc
