#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mapping/function.h"
#include "tests/integration/oracle/grammar.h"

namespace wakestream::test::oracle {

namespace {

using Types = std::vector<std::string_view>;

const Types integers{"smallint", "integer", "bigint"};
const Types strings{"text", "character varying", "character"};
const Types comparable{"boolean",
                       "jsonb",
                       "numeric",
                       "double precision",
                       "real",
                       "date",
                       "timestamp without time zone",
                       "timestamp with time zone",
                       "interval",
                       "uuid",
                       "bytea",
                       "text[]"};
const Types ordered{"boolean", "numeric", "double precision",
                    "real",    "date",    "timestamp without time zone",
                    "uuid",    "bytea",   "timestamp with time zone",
                    "interval"};
const Types results{"boolean",   "smallint", "integer", "bigint", "text", "character varying",
                    "character", "jsonb",    "numeric", "date",   "uuid", "interval"};

class Grammar {
 public:
  std::vector<Form> build() {
    equality();
    order();
    logic();
    choice();
    concatenation();
    casts();
    json();
    calls();
    numbers();
    return std::move(forms_);
  }

 private:
  void add(std::string pattern, Types args, std::string_view result, bool may_fail = false,
           std::string fails_as = {}) {
    const auto holds = [&](std::string_view words) {
      return pattern.find(words) != std::string::npos;
    };
    const bool never_null = holds("DISTINCT") || holds("IS NULL") || holds("IS NOT NULL") ||
                            holds("IS TRUE") || holds("IS NOT TRUE") || holds("IS FALSE") ||
                            holds("IS NOT FALSE") || holds("UNKNOWN");
    forms_.push_back(
        {std::move(pattern), std::move(args), result, may_fail, never_null, std::move(fails_as)});
  }

  void equality_of(std::string_view left, std::string_view right) {
    for (const auto* sign : {"=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"})
      add(fmt::format("{{0}} {} {{1}}", sign), {left, right}, "boolean");
  }

  void equality() {
    for (const auto& kin : {integers, strings})
      for (const auto left : kin)
        for (const auto right : kin) equality_of(left, right);
    for (const auto type : comparable) equality_of(type, type);
    for (const auto& kin : {integers, strings, comparable})
      for (const auto type : kin) {
        add("{0} IN ({1}, {2})", {type, type, type}, "boolean");
        add("{0} NOT IN ({1}, {2}, {3})", {type, type, type, type}, "boolean");
        add("{0} IS NULL", {type}, "boolean");
        add("{0} IS NOT NULL", {type}, "boolean");
      }
    add("{0} IN ({1}, {2})", {"integer", "bigint", "smallint"}, "boolean");
    add("{0} IN ({1}, {2})", {"character varying", "text", "character"}, "boolean");
  }

  void order() {
    for (const auto left : integers)
      for (const auto right : integers)
        for (const auto* sign : {"<", "<=", ">", ">="})
          add(fmt::format("{{0}} {} {{1}}", sign), {left, right}, "boolean");
    for (const auto* sign : {"<", "<=", ">", ">="}) {
      for (const auto type : ordered)
        add(fmt::format("{{0}} {} {{1}}", sign), {type, type}, "boolean");
      for (const auto left : strings)
        for (const auto right : strings)
          add(fmt::format("{{0}} COLLATE \"C\" {} {{1}}", sign), {left, right}, "boolean");
      for (const auto type : integers) {
        add(fmt::format("{{0}} {} {{1}}", sign), {"numeric", type}, "boolean");
        add(fmt::format("{{0}} {} {{1}}", sign), {type, "numeric"}, "boolean");
      }
      add(fmt::format("{{0}} {} {{1}}", sign), {"date", "timestamp without time zone"}, "boolean");
      add(fmt::format("{{0}} {} {{1}}", sign), {"timestamp without time zone", "date"}, "boolean");
    }
    add("{0} BETWEEN {1} AND {2}", {"numeric", "integer", "numeric"}, "boolean");
    add("{0} NOT BETWEEN {1} AND {2}", {"date", "date", "date"}, "boolean");
    add("{0} COLLATE \"C\" BETWEEN {1} AND {2}", {"text", "text", "text"}, "boolean");
    for (const auto* name : {"GREATEST", "LEAST"}) {
      for (const auto& kin : {integers, ordered})
        for (const auto type : kin)
          add(fmt::format("{}({{0}}, {{1}}, {{2}})", name), {type, type, type}, type);
      for (const auto type : strings)
        add(fmt::format("{}({{0}}, {{1}} COLLATE \"C\")", name), {type, type}, type);
      add(fmt::format("{}({{0}}, {{1}})", name), {"smallint", "bigint"}, "bigint");
      add(fmt::format("{}({{0}}, {{1}})", name), {"integer", "numeric"}, "numeric");
    }
    for (const auto type : integers) {
      add("{0} BETWEEN {1} AND {2}", {type, type, "integer"}, "boolean");
      add("{0} NOT BETWEEN {1} AND {2}", {type, "bigint", type}, "boolean");
    }
  }

  // What the mapping itself lists, in PostgreSQL's own ways to write it.
  void calls() {
    for (const auto table : mapping::function_tables())
      for (const auto& function : table)
        if (function.compute != nullptr) add_call(function);
    add("{0} LIKE {1} ESCAPE {2}", {"text", "text", "text"}, "boolean", true);
    add("trim(both {1} from {0})", {"text", "text"}, "text");
    add("substring({0} from {1} for {2})", {"text", "integer", "integer"}, "text", true);
  }

  void add_call(const mapping::Function& function) {
    Types args;
    for (std::string_view rest = function.args; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      args.push_back(rest.substr(0, comma));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    const auto& name = function.name;
    if (!function.words.empty()) return add_calls_with_words(function, {args[1]});
    const bool is_sign = name.find_first_of("+-*/%~^") != std::string_view::npos;
    std::string pattern;
    if (is_sign) {
      const auto sign = name == "~~" ? "LIKE" : name == "!~~" ? "NOT LIKE" : name;
      pattern =
          args.size() == 1 ? fmt::format("{} {{0}}", sign) : fmt::format("{{0}} {} {{1}}", sign);
    } else if (name == "position") {
      pattern = "position({1} in {0})";
    } else {
      for (std::size_t at = 0; at < args.size(); ++at)
        pattern += fmt::format("{}{{{}}}", at == 0 ? "" : ", ", at);
      pattern = fmt::format("{}({}{})", name, pattern, function.needs_c ? " COLLATE \"C\"" : "");
    }
    auto fails_as = args[0] == "numeric" ? failing_numeric(name, args) : "";
    // A long text of a long text would take the server's memory.
    if (name == "repeat") {
      pattern = "repeat({0}, {1} % 9)";
      fails_as = "repeat('a', CASE WHEN new.i2 = VALUE THEN 2147483647 ELSE 1 END) IS NULL";
    }
    add(std::move(pattern), std::move(args), function.result, function.may_raise,
        std::move(fails_as));
  }

  void add_calls_with_words(const mapping::Function& function, const Types& args) {
    for (const auto word : function.words) {
      if (function.name == "timezone") {
        add("{0} AT TIME ZONE 'UTC'", args, function.result);
      } else if (function.name == "extract") {
        add(fmt::format("extract({} from {{0}})", word), args, function.result);
      } else {
        // Days start where they started; a longer unit may have done so before the first moment.
        const bool longer = word == "quarter" || word == "year" || word == "decade" ||
                            word == "century" || word == "millennium" || word == "month";
        add(fmt::format("{}('{}', {{0}})", function.name, word), args, function.result,
            function.may_raise && longer);
      }
    }
  }

  // Where new.i2 is VALUE, the largest integer that a numeric holds: 131,072 nines. It is slow, so
  // few rows take part, and no constant that would be worked out for each operation.
  static constexpr std::string_view largest =
      "((1e131071 * (new.i2::integer - VALUE + 1) - 0.5) * 10 + 4)";

  static std::string for_few_rows(std::string_view expression) {
    return fmt::format("CASE WHEN new.i2 = VALUE THEN ({}) IS NULL END", expression);
  }

  static std::string failing_numeric(std::string_view name, const Types& args) {
    if (name == "+" || name == "-" || name == "*") {
      if (args.size() == 1) return {};
      // An integer is 2. A difference of opposite signs is as large as a sum.
      const auto operand = [&](std::size_t at) {
        if (args[at] != "numeric")
          return fmt::format("(new.i2::integer - VALUE + 2)::{}", args[at]);
        const bool opposite = name == "-" && (at == 0 || args[0] != "numeric");
        return fmt::format("{}{}", opposite ? "-" : "", largest);
      };
      return for_few_rows(fmt::format("{} {} {}", operand(0), name, operand(1)));
    }
    const auto nearly = fmt::format("{} + 0.5", largest);
    if (name == "floor") return for_few_rows(fmt::format("floor(-({}))", nearly));
    if (name == "round" || name == "ceil" || name == "ceiling")
      return for_few_rows(fmt::format("{}({}{})", name, nearly, args.size() > 1 ? ", 0" : ""));
    return {};
  }

  // An integer beside numeric becomes one.
  void numbers() {
    for (const auto* sign : {"+", "-", "*", "/", "%"})
      for (const auto& args :
           {Types{"integer", "numeric"}, Types{"numeric", "bigint"}, Types{"smallint", "numeric"}})
        add(fmt::format("{{0}} {} {{1}}", sign), args, "numeric", true,
            failing_numeric(sign, args));
    add("{0} - {1}", {"timestamp without time zone", "date"}, "interval", true);
    add("round({0}, {1})", {"integer", "integer"}, "numeric");
    add("mod({0}, {1})", {"bigint", "numeric"}, "numeric", true);
  }

  void logic() {
    add("{0} AND {1}", {"boolean", "boolean"}, "boolean");
    add("{0} OR {1}", {"boolean", "boolean"}, "boolean");
    add("{0} AND {1} AND {2}", {"boolean", "boolean", "boolean"}, "boolean");
    add("{0} OR {1} OR {2}", {"boolean", "boolean", "boolean"}, "boolean");
    add("NOT {0}", {"boolean"}, "boolean");
    for (const auto* truth : {"TRUE", "FALSE", "UNKNOWN"}) {
      add(fmt::format("({{0}}) IS {}", truth), {"boolean"}, "boolean");
      add(fmt::format("({{0}}) IS NOT {}", truth), {"boolean"}, "boolean");
    }
  }

  void choice() {
    for (const auto type : results) {
      add("CASE WHEN {0} THEN {1} ELSE {2} END", {"boolean", type, type}, type);
      add("CASE WHEN {0} THEN {1} WHEN {2} THEN {3} END", {"boolean", type, "boolean", type}, type);
      add("CASE {0} WHEN {1} THEN {2} WHEN {3} THEN {4} ELSE {5} END",
          {type, type, "integer", type, "bigint", "smallint"}, "bigint");
      add("COALESCE({0}, {1})", {type, type}, type);
      add("COALESCE({0}, {1}, {2})", {type, type, type}, type);
    }
    for (const auto type : results)
      if (type != "jsonb") add("NULLIF({0}, {1})", {type, type}, type);
    add("NULLIF({0}, {1})", {"smallint", "bigint"}, "smallint");
    add("COALESCE({0}, {1})", {"integer", "numeric"}, "numeric");
    add("COALESCE({0}, {1})", {"date", "timestamp without time zone"},
        "timestamp without time zone");
    add("COALESCE({0}, {1})", {"smallint", "bigint"}, "bigint");
    add("COALESCE({0}, {1})", {"character varying", "text"}, "character varying");
    add("CASE WHEN {0} THEN {1} ELSE {2} END", {"boolean", "smallint", "integer"}, "integer");
    add("CASE WHEN {0} THEN {1} ELSE {2} END", {"boolean", "character", "text"}, "text");
  }

  void concatenation() {
    const Types joined{"text",
                       "character varying",
                       "character",
                       "boolean",
                       "smallint",
                       "integer",
                       "bigint",
                       "numeric",
                       "uuid",
                       "date",
                       "timestamp without time zone",
                       "interval"};
    for (const auto type : joined) {
      add("{0} || {1}", {"text", type}, "text");
      add("{0} || {1}", {type, "character varying"}, "text");
    }
  }

  void casts() {
    const Types to_text{"text",      "character varying",
                        "character", "boolean",
                        "smallint",  "integer",
                        "bigint",    "numeric",
                        "uuid",      "jsonb",
                        "date",      "bytea",
                        "text[]",    "double precision",
                        "real",      "timestamp without time zone",
                        "interval"};
    for (const auto type : to_text) {
      add("({0})::text", {type}, "text");
      add("CAST({0} AS varchar)", {type}, "character varying");
    }
    const std::array written{"smallint", "int", "int8"};
    for (std::size_t target = 0; target < integers.size(); ++target) {
      const auto pattern = fmt::format("({{0}})::{}", written[target]);
      for (const auto from : strings) add(pattern, {from}, integers[target], true);
      for (std::size_t from = 0; from < integers.size(); ++from)
        add(pattern, {integers[from]}, integers[target], from > target);
    }
    for (const auto from : strings) add("({0})::boolean", {from}, "boolean", true);
    add("CAST({0} AS boolean)", {"integer"}, "boolean");
    for (const auto type : integers) {
      add(fmt::format("({{0}})::{}", type), {"numeric"}, type, true);
      add("({0})::numeric", {type}, "numeric");
    }
    for (const auto type : strings) add("({0})::numeric", {type}, "numeric", true);
    add("({0})::timestamp", {"date"}, "timestamp without time zone");
    add("({0})::date", {"timestamp without time zone"}, "date");
    add("({0})::integer", {"boolean"}, "integer");
    add("({0})::boolean", {"boolean"}, "boolean");
    for (const auto from : {"double precision", "real"}) {
      add("({0})::numeric", {from}, "numeric");
      for (const auto type : integers) add(fmt::format("({{0}})::{}", type), {from}, type, true);
    }
    for (const auto* limit : {"5, 2", "3", "3, -2", "2, 4"})
      add(fmt::format("({{0}})::numeric({})", limit), {"numeric"}, "numeric", true);
    add("({0})::numeric(4, 1)", {"integer"}, "numeric", true);
    add("({0})::numeric(4, 1)", {"text"}, "numeric", true);
    for (const auto from : strings) add("({0})::varchar(3)", {from}, "character varying");
    add("({0})::varchar(3)", {"numeric"}, "character varying");
  }

  void json() {
    for (const auto* sign : {"->", "->>"}) {
      const std::string_view result = std::string_view(sign) == "->" ? "jsonb" : "text";
      for (const auto key : {"text", "integer", "smallint", "character varying"})
        add(fmt::format("{{0}} {} {{1}}", sign), {"jsonb", key}, result);
      for (const auto* key : {"'a'", "'b'", "''", "'é'", "'a\"b'", "'1'", "0", "1", "-1", "3"})
        add(fmt::format("{{0}} {} {}", sign, key), {"jsonb"}, result);
    }
  }

  std::vector<Form> forms_;
};

}  // namespace

std::string Form::name() const { return fmt::format("{} ({})", pattern, fmt::join(args, ", ")); }

const std::vector<Form>& forms() {
  static const auto all = Grammar().build();
  return all;
}

}  // namespace wakestream::test::oracle
