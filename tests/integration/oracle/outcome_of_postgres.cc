#include <fmt/format.h>

#include <algorithm>

#include "tests/integration/oracle/outcome.h"

namespace wakestream::test::oracle {

namespace {

// A view is what PostgreSQL only parses and checks: a constant that fails is then not met yet.
constexpr const char* evaluator = R"(
CREATE FUNCTION oracle.evaluate(first int, expressions text[])
RETURNS TABLE (number int, change int, kind text, value text) LANGUAGE plpgsql AS $f$
DECLARE
  as_json text;
BEGIN
  FOR number IN SELECT generate_subscripts(expressions, 1) LOOP
    BEGIN
      EXECUTE format('CREATE VIEW tried.v%s AS SELECT change.number, (%s) AS x %s', first + number,
                     expressions[number], $q${}$q$);
      change := NULL; kind := 'type';
      SELECT format_type(atttypid, NULL) INTO value FROM pg_attribute
      WHERE attrelid = format('tried.v%s', first + number)::regclass AND attname = 'x';
      RETURN NEXT;
      -- The same JSON; only the white space in arrays differs.
      as_json := format('coalesce(%s(x)::text, ''null'')',
                        CASE WHEN value LIKE '%[]' THEN 'to_json' ELSE 'to_jsonb' END);
    EXCEPTION WHEN OTHERS THEN
      change := NULL; kind := 'refused'; value := SQLSTATE || ' ' || SQLERRM;
      RETURN NEXT;
      CONTINUE;
    END;
    BEGIN
      RETURN QUERY EXECUTE format(
        'SELECT %s, number, ''value'', %s FROM tried.v%s', number, as_json, first + number);
    EXCEPTION WHEN OTHERS THEN
      EXECUTE format('PREPARE one(int) AS SELECT %s AS value FROM tried.v%s WHERE number = $1',
                     as_json, first + number);
      FOR change IN SELECT c.number FROM oracle.change c LOOP
        BEGIN
          kind := 'value';
          EXECUTE format('EXECUTE one(%s)', change) INTO value;
          RETURN NEXT;
        EXCEPTION WHEN OTHERS THEN
          kind := 'value'; value := 'error ' || SQLSTATE;
          RETURN NEXT;
        END;
      END LOOP;
      DEALLOCATE one;
    END;
  END LOOP;
END $f$;
)";

std::string array_of(const std::string* first, std::size_t count) {
  std::string sql = "ARRAY[";
  for (std::size_t at = 0; at < count; ++at)
    sql += fmt::format("{}$e${}$e$", at == 0 ? "" : ",", first[at]);
  return sql + "]";
}

}  // namespace

std::vector<Outcome> outcomes_of_postgres(PostgresConnection& connection,
                                          const std::vector<std::string>& expressions,
                                          std::size_t change_count) {
  constexpr std::size_t batch_max = 200;
  connection.rows(
      fmt::format("{} SET plan_cache_mode = force_generic_plan; SET jit = off;", pinned_settings) +
      fmt::format(fmt::runtime(evaluator), from_changes));
  std::vector<Outcome> outcomes(expressions.size());
  for (std::size_t first = 0; first < expressions.size(); first += batch_max) {
    const auto count = std::min(batch_max, expressions.size() - first);
    // In a schema of its own, dropped with the batch: a transaction takes a lock for each view.
    connection.rows("DROP SCHEMA IF EXISTS tried CASCADE; CREATE SCHEMA tried");
    for (const auto& row :
         connection.rows(fmt::format("SELECT * FROM oracle.evaluate({}, {})", first,
                                     array_of(&expressions[first], count)))) {
      auto& outcome = outcomes[first + std::stoul(*row[0]) - 1];
      outcome.values.resize(change_count);
      if (*row[2] == "type") outcome.type = *row[3];
      if (*row[2] == "refused") outcome.refusal = *row[3];
      if (*row[2] == "value") outcome.values[std::stoul(*row[1])] = *row[3];
    }
  }
  return outcomes;
}

}  // namespace wakestream::test::oracle
