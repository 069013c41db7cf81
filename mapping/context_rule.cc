#include "mapping/context_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mapping/context_use.h"
#include "mapping/evaluation.h"
#include "mapping/fingerprint.h"
#include "mapping/json_value.h"
#include "mapping/rule_binding.h"
#include "mapping/sql_draft.h"
#include "mapping/sql_name.h"
#include "mapping/type_check.h"
#include "mapping/utf8.h"

namespace wakestream::mapping {

namespace {

// The rule's fields: the account's id, the columns of the context, and the id of the old row.
constexpr std::size_t account_field = 0;
constexpr std::size_t first_column_field = 1;
constexpr std::size_t old_account_field = first_column_field + context_columns.size();

Result<Field> field_of(const ContextSource& source, std::string_view name, const PlacedText& text) {
  SqlDraft draft;
  draft.add(text);
  auto value = draft.read(source.file, {});
  if (!value) return tl::unexpected(std::move(value.error()));
  Field field;
  field.name = name;
  field.sql = draft.line();
  field.place = text.first();
  field.value = std::move(*value);
  return field;
}

// The same of the row as it was.
void take_old_side(Expression& expression) {
  if (expression.kind == Expression::Kind::column) expression.of_old = true;
  for (auto& arg : expression.args) take_old_side(arg);
}

}  // namespace

tl::expected<ContextRule, std::vector<Error>> ContextRule::parse(const ContextSource& source) {
  auto rule = std::make_shared<Rule>();
  rule->file = source.file;
  rule->place = rule->table_place = source.table_place;
  rule->table_schema = source.table_schema;
  rule->table_name = source.table_name;
  std::vector<Error> errors;
  const auto add = [&](std::string_view name, const PlacedText& text) {
    if (auto field = field_of(source, name, text)) {
      rule->fields.push_back(std::move(*field));
    } else {
      errors.push_back(std::move(field.error()));
    }
  };
  add("account_id", source.account_id);
  for (std::size_t at = 0; at < context_columns.size(); ++at)
    add(context_columns[at], source.columns[at]);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  auto of_old = rule->fields[account_field];
  of_old.name = "previous account_id";
  take_old_side(of_old.value);
  rule->fields.push_back(std::move(of_old));
  errors = check_types(*rule);
  for (auto& error : check_context_use(*rule)) {
    error.message = "a row of its table gives the context: it cannot be made of the context";
    errors.push_back(std::move(error));
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  ContextRule context;
  std::string normalized =
      fmt::format("{}:{} {}:{} ", rule->table_schema.size(), rule->table_schema,
                  rule->table_name.size(), rule->table_name);
  for (const auto& field : rule->fields) append_normalized(field.value, normalized);
  context.hash_ = fingerprint(normalized);
  context.rule_ = std::move(rule);
  return context;
}

std::string ContextRule::table() const {
  return fmt::format("{}.{}", rule_->table_schema, rule_->table_name);
}

std::vector<Error> ContextRule::check(std::span<const TableShape> tables) const {
  const auto error = [&](ErrorKind kind, std::string message) {
    return error_at(*rule_, kind, rule_->table_place, std::move(message));
  };
  const auto shape = std::find_if(tables.begin(), tables.end(), [&](const TableShape& one) {
    return one.relation.schema == rule_->table_schema && one.relation.name == rule_->table_name;
  });
  const auto publication =
      tables.empty() ? std::string("...") : quoted_name(tables.front().publication, true);
  if (shape == tables.end())
    return {error(
        ErrorKind::unknown_table,
        fmt::format("the context's table {} is not in the publication: run ALTER "
                    "PUBLICATION {} ADD TABLE {}, or mend context.table",
                    table(), publication, quoted_table(rule_->table_schema, rule_->table_name)))};
  std::vector<Error> errors;
  const auto bind = [&](const cdc::Relation& relation) {
    if (auto bound = bind_rule(*rule_, 0, relation); !bound)
      for (auto& problem : bound.error()) errors.push_back(std::move(problem));
  };
  bind(shape->relation);
  for (const auto& part : shape->parts) {
    auto narrowed = shape->relation;
    if (errors.empty() && cdc::narrow_to_part(narrowed, part)) bind(narrowed);
  }
  if (!std::all_of(shape->published.begin(), shape->published.end(), [](bool is) { return is; }))
    errors.push_back(error(
        ErrorKind::not_sent,
        fmt::format("publication {} does not publish every operation, and the context would miss "
                    "what it leaves out: run ALTER PUBLICATION {} SET (publish = 'insert, update, "
                    "delete, truncate')",
                    shape->publication, publication)));
  return errors;
}

struct ContextReader::State {
  cdc::Relation relation;
  bool bound = false;
  std::optional<Error> error;
  BoundRule plans;
  TextArena arena;
  ContextChange change;
  std::string text;

  void bind(const Rule& rule, const cdc::Relation& table) {
    if (bound && same_description(relation, table)) return;
    relation = table;
    bound = true;
    error.reset();
    auto result = bind_rule(rule, 0, table);
    if (result) plans = std::move(*result);
    if (!result) error = std::move(result.error().front());
  }

  // The value in its text form; JSON for the consent. False: it has none, and `change` says why.
  bool read(const Evaluation& evaluation, const RulePlan& plan, std::size_t field, bool as_json,
            std::optional<std::string>& out) {
    const auto& node = plan.fields[field].value;
    const auto fail = [&](Problem problem) {
      change.problem = sentence_of(problem);
      change.field = plan.rule->fields[field].name;
      return false;
    };
    text.clear();
    if (node.kind == Node::Kind::column) {
      const auto value = evaluation.column(node);
      if (value.kind == cdc::Value::Kind::not_sent) return fail(Problem::not_sent);
      out.reset();
      if (value.kind == cdc::Value::Kind::null) return true;
      if (!as_json) text = value.text;
      if (as_json && !append_json(*node.type, value.text, text))
        return fail(Problem::malformed_value);
    } else {
      const auto value = evaluation.evaluate(node);
      if (value.failed()) return fail(value.problem);
      out.reset();
      if (value.is_null()) return true;
      if (as_json) {
        if (!append_json(*node.type, value, text)) return fail(Problem::malformed_value);
      } else if (node.type->family == Family::integer) {
        text = fmt::format_int(value.number).c_str();
      } else if (node.type->family == Family::boolean) {
        text = value.number != 0 ? "true" : "false";
      } else {
        text = value.text;
      }
    }
    if (invalid_utf8_at(text) != std::string_view::npos) {
      change.problem = "a text is not valid UTF-8";
      change.field = plan.rule->fields[field].name;
      return false;
    }
    out = text;
    return true;
  }
};

ContextReader::ContextReader(ContextRule rule)
    : rule_(std::move(rule)), state_(std::make_unique<State>()) {}
ContextReader::~ContextReader() = default;

bool ContextReader::reads(const cdc::Relation& relation) const {
  return relation.name == rule_.rule().table_name && relation.schema == rule_.rule().table_schema;
}

Result<const ContextChange*> ContextReader::read(const cdc::RowChange& row) {
  auto& state = *state_;
  auto& change = state.change;
  change = {};
  state.bind(rule_.rule(), *row.relation);
  if (state.error) return tl::unexpected(*state.error);
  if (row.operation == cdc::Operation::truncate) {
    change.every_account_gone = true;
    return &change;
  }
  const auto& plan = *state.plans.plans[static_cast<std::size_t>(row.operation)];
  state.arena.empty();
  const Evaluation evaluation(row, state.arena);
  std::optional<std::string> old_id;
  std::optional<std::string> id;
  if (has_old_row(row.operation) && !state.read(evaluation, plan, old_account_field, false, old_id))
    return &change;
  if (has_new_row(row.operation)) {
    if (!state.read(evaluation, plan, account_field, false, id)) return &change;
    if (!id || id->empty()) {
      change.problem = "the account id is NULL or empty";
      change.field = "account_id";
      return &change;
    }
  }
  if (old_id && old_id != id) change.gone = std::move(*old_id);
  if (!id) return &change;
  change.account_id = std::move(*id);
  for (std::size_t at = 0; at < context_columns.size(); ++at) {
    const bool is_consent = static_cast<ContextColumn>(at) == ContextColumn::consent;
    if (!state.read(evaluation, plan, first_column_field + at, is_consent,
                    change.context.values[at]))
      return &change;
  }
  return &change;
}

}  // namespace wakestream::mapping
