// One connection of a test, for rows as they are: a NULL is none, and nothing is joined or split.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wakestream::test {

class PostgresConnection {
 public:
  using Row = std::vector<std::optional<std::string>>;

  // A statement that is prepared, and executed once for each value of its one parameter.
  struct Question {
    std::string sql;
    std::vector<std::string> values;
  };
  // What came of preparing or of an execution.
  struct Answer {
    std::string sqlstate;  // empty: it went well
    std::string message;
    std::vector<std::uint32_t> column_types;  // OIDs, of a prepared statement
    std::vector<Row> rows;
  };

  explicit PostgresConnection(const std::string& conninfo);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // The last statement's rows, each value in its text form. Throws with the server's words.
  std::vector<Row> rows(const std::string& statements);

  // For each question what came of preparing it, then of each execution. They are sent together,
  // and what fails stops none of the others; so few enough that they fit the socket's buffer.
  std::vector<std::vector<Answer>> ask(const std::vector<Question>& questions);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::test
