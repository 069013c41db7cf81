#include "tests/support/postgres_connection.h"

#include <libpq-fe.h>

#include <array>
#include <stdexcept>

namespace wakestream::test {

namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

std::vector<PostgresConnection::Row> rows_of(const PGresult* result) {
  std::vector<PostgresConnection::Row> rows;
  for (int index = 0; index < PQntuples(result); ++index) {
    PostgresConnection::Row row;
    for (int column = 0; column < PQnfields(result); ++column) {
      if (PQgetisnull(result, index, column) != 0) {
        row.emplace_back();
      } else {
        row.emplace_back(std::string(PQgetvalue(result, index, column),
                                     static_cast<std::size_t>(PQgetlength(result, index, column))));
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

PostgresConnection::Answer answer_of(const PGresult* result) {
  PostgresConnection::Answer answer;
  if (const auto* state = PQresultErrorField(result, PG_DIAG_SQLSTATE)) {
    answer.sqlstate = state;
    answer.message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return answer;
  }
  for (int column = 0; column < PQnfields(result); ++column)
    answer.column_types.push_back(PQftype(result, column));
  answer.rows = rows_of(result);
  return answer;
}

}  // namespace

struct PostgresConnection::State {
  void must(int sent) const {
    if (sent != 1) throw std::runtime_error(PQerrorMessage(connection));
  }

  // The answer of the next thing that was sent. One that was not even tried, because what stood
  // before it failed, has none.
  std::optional<Answer> next_answer() const {
    std::optional<Answer> answer;
    while (const Result result{PQgetResult(connection), PQclear}) {
      const auto status = PQresultStatus(result.get());
      if (status == PGRES_PIPELINE_SYNC) return std::nullopt;
      if (status != PGRES_PIPELINE_ABORTED) answer = answer_of(result.get());
    }
    return answer;
  }

  // All answers up to the next point of synchronization: the last of them, or the first failure.
  Answer synchronized_answer(int parts) const {
    Answer answer;
    for (int part = 0; part < parts; ++part)
      if (auto next = next_answer(); next && answer.sqlstate.empty()) answer = std::move(*next);
    const Result sync{PQgetResult(connection), PQclear};
    if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC)
      throw std::runtime_error("the connection is out of step");
    return answer;
  }

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
  const Result result(PQexec(state_->connection, statements.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(state_->connection));
  return rows_of(result.get());
}

std::vector<std::vector<PostgresConnection::Answer>> PostgresConnection::ask(
    const std::vector<Question>& questions) {
  auto* connection = state_->connection;
  state_->must(PQenterPipelineMode(connection));
  for (const auto& question : questions) {
    state_->must(PQsendPrepare(connection, "", question.sql.c_str(), 0, nullptr));
    state_->must(PQsendDescribePrepared(connection, ""));
    state_->must(PQpipelineSync(connection));
    for (const auto& value : question.values) {
      const std::array<const char*, 1> values{value.c_str()};
      state_->must(PQsendQueryPrepared(connection, "", 1, values.data(), nullptr, nullptr, 0));
      state_->must(PQpipelineSync(connection));
    }
  }
  std::vector<std::vector<Answer>> answers;
  for (const auto& question : questions) {
    auto& list = answers.emplace_back();
    list.push_back(state_->synchronized_answer(2));
    for (std::size_t at = 0; at < question.values.size(); ++at)
      list.push_back(state_->synchronized_answer(1));
  }
  state_->must(PQexitPipelineMode(connection));
  return answers;
}

}  // namespace wakestream::test
