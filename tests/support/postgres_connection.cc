#include "tests/support/postgres_connection.h"

#include <libpq-fe.h>

#include <stdexcept>

namespace wakestream::test {

struct PostgresConnection::State {
  PGconn* connection = nullptr;
};

PostgresConnection::PostgresConnection(const std::string& conninfo)
    : state_(std::make_unique<State>()) {
  state_->connection = PQconnectdb(conninfo.c_str());
  if (PQstatus(state_->connection) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(state_->connection));
  PQsetNoticeProcessor(state_->connection, [](void*, const char*) {}, nullptr);
}

PostgresConnection::~PostgresConnection() { PQfinish(state_->connection); }

std::vector<PostgresConnection::Row> PostgresConnection::rows(const std::string& statements) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexec(state_->connection, statements.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(state_->connection));
  std::vector<Row> rows;
  for (int index = 0; index < PQntuples(result.get()); ++index) {
    Row row;
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (PQgetisnull(result.get(), index, column) != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(
            std::string(PQgetvalue(result.get(), index, column),
                        static_cast<std::size_t>(PQgetlength(result.get(), index, column))));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace wakestream::test
