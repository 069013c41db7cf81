#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tests/integration/oracle/outcome.h"

namespace wakestream::test::oracle {

namespace {

using Question = PostgresConnection::Question;
using Answer = PostgresConnection::Answer;

// They and their statements fit the socket's buffer.
constexpr std::size_t batch_max = 16;

// Preparing a statement only parses and checks it: a constant that fails is not met yet. The last
// column is never evaluated, and says of which type the expression is.
std::string statement_of(const std::string& expression, const Outcome& expected) {
  // The same JSON; only the white space in arrays differs.
  const auto* to_json = expected.type.ends_with("[]") ? "to_json" : "to_jsonb";
  return fmt::format(
      "SELECT number, coalesce({}(x)::text, 'null'), CASE WHEN false THEN x END FROM (SELECT "
      "change.number, ({}) AS x {}) tried WHERE number = ANY ($1::int[])",
      to_json, expression, from_changes);
}

bool is_error(std::string_view value) { return value.starts_with("error "); }

// All rows that should not fail at once, and each other one alone: one that fails takes its whole
// execution with it.
std::vector<std::string> row_lists(const std::vector<std::string>& expected) {
  std::vector<std::string> lists{"{"};
  for (std::size_t number = 0; number < expected.size(); ++number) {
    if (is_error(expected[number])) {
      lists.push_back(fmt::format("{{{}}}", number));
    } else {
      lists[0] += fmt::format("{}{}", lists[0].size() == 1 ? "" : ",", number);
    }
  }
  lists[0] += "}";
  return lists;
}

std::vector<std::string> single_rows(std::size_t count) {
  std::vector<std::string> lists;
  lists.reserve(count);
  for (std::size_t number = 0; number < count; ++number)
    lists.push_back(fmt::format("{{{}}}", number));
  return lists;
}

void take_rows(const Answer& answer, Outcome& outcome) {
  for (const auto& row : answer.rows) outcome.values[std::stoul(*row[0])] = *row[1];
}

class Asking {
 public:
  explicit Asking(PostgresConnection& connection) : connection_(connection) {
    connection_.rows(fmt::format("{} SET plan_cache_mode = force_generic_plan; SET jit = off;",
                                 pinned_settings));
    for (const auto& row : connection_.rows("SELECT oid, format_type(oid, NULL) FROM pg_type"))
      type_names_[static_cast<std::uint32_t>(std::stoul(*row[0]))] = *row[1];
  }

  void ask(std::span<const std::string> expressions, std::span<const Outcome> expected,
           std::span<Outcome> outcomes) {
    std::vector<Question> questions;
    questions.reserve(expressions.size());
    for (std::size_t at = 0; at < expressions.size(); ++at)
      questions.push_back(
          {statement_of(expressions[at], expected[at]), row_lists(expected[at].values)});
    const auto answers = connection_.ask(questions);
    for (std::size_t at = 0; at < answers.size(); ++at) {
      auto& outcome = outcomes[at];
      outcome.values.resize(expected[at].values.size());
      const auto& prepared = answers[at][0];
      if (!prepared.sqlstate.empty()) {
        outcome.refusal = prepared.sqlstate + " " + prepared.message;
        continue;
      }
      outcome.type = type_names_.at(prepared.column_types.back());
      if (answers[at][1].sqlstate.empty()) {
        take_answers(questions[at].values, answers[at], outcome);
      } else {
        ask_row_by_row(questions[at].sql, outcome);
      }
    }
  }

 private:
  static void take_answers(const std::vector<std::string>& lists,
                           const std::vector<Answer>& answers, Outcome& outcome) {
    for (std::size_t at = 0; at < lists.size(); ++at) {
      const auto& answer = answers[at + 1];
      take_rows(answer, outcome);
      if (!answer.sqlstate.empty())
        outcome.values[std::stoul(lists[at].substr(1))] = "error " + answer.sqlstate;
    }
  }

  void ask_row_by_row(const std::string& sql, Outcome& outcome) {
    const auto lists = single_rows(outcome.values.size());
    take_answers(lists, connection_.ask({{sql, lists}})[0], outcome);
  }

  PostgresConnection& connection_;
  std::map<std::uint32_t, std::string> type_names_;
};

}  // namespace

std::vector<Outcome> outcomes_of_postgres(PostgresConnection& connection,
                                          const std::vector<std::string>& expressions,
                                          const std::vector<Outcome>& expected) {
  Asking asking(connection);
  std::vector<Outcome> outcomes(expressions.size());
  for (std::size_t first = 0; first < expressions.size(); first += batch_max) {
    const auto count = std::min(batch_max, expressions.size() - first);
    asking.ask(std::span(expressions).subspan(first, count),
               std::span(expected).subspan(first, count),
               std::span(outcomes).subspan(first, count));
  }
  return outcomes;
}

}  // namespace wakestream::test::oracle
