// One connection of a test, for rows as they are: a NULL is none, and nothing is joined or split.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wakestream::test {

class PostgresConnection {
 public:
  using Row = std::vector<std::optional<std::string>>;

  explicit PostgresConnection(const std::string& conninfo);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // The last statement's rows, each value in its text form. Throws with the server's words.
  std::vector<Row> rows(const std::string& statements);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::test
