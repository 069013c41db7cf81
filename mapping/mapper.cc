#include "mapping/mapper.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "mapping/evaluation.h"
#include "mapping/json_value.h"
#include "mapping/row_json.h"
#include "mapping/rule.h"
#include "mapping/rule_binding.h"
#include "mapping/utf8.h"

namespace wakestream::mapping {

namespace {

// What the rules make of one table, as it was described.
struct TableBinding {
  cdc::Relation relation;
  std::string name;
  cdc::Lsn seen_in;  // the transaction in which the description was compared last
  std::array<std::vector<RulePlan>, all_operations.size()> plans;
  std::optional<Error> error;
};

// Why a rule gave no event for a row, and at which field.
struct RowProblem {
  std::string_view reason;
  std::string_view field;
};

}  // namespace

struct Mapper::State {
  State(const RuleSet& rule_set, ContextLookup* context_lookup)
      : rules(rule_set), context(context_lookup) {}

  TableBinding& binding_of(const ChangeOrigin& origin, const cdc::RowChange& change) {
    const auto& relation = *change.relation;
    if (last == nullptr || last->relation.id != relation.id) last = &bindings[relation.id];
    // A description is compared once a transaction, and not only by its revision: a new stream
    // counts from the start again.
    if (last->seen_in != origin.commit_lsn || last->relation.revision != relation.revision) {
      if (!same_description(last->relation, relation) || !last->seen_in.valid())
        bind(*last, relation);
      last->seen_in = origin.commit_lsn;
    }
    return *last;
  }

  void bind(TableBinding& binding, const cdc::Relation& relation) const {
    binding = TableBinding{};
    binding.relation = relation;
    binding.name = fmt::format("{}.{}", relation.schema, relation.name);
    std::uint16_t index = 0;
    for (const auto& rule : rules.rules()) {
      const auto rule_index = index++;
      if (rule.table_schema != relation.schema || rule.table_name != relation.name) continue;
      auto bound = bind_rule(rule, rule_index, relation);
      if (!bound) {
        if (!binding.error) binding.error = bound.error().front();
        continue;
      }
      for (std::size_t operation = 0; operation < bound->plans.size(); ++operation)
        if (bound->plans[operation])
          binding.plans[operation].push_back(std::move(*bound->plans[operation]));
    }
  }

  static std::string_view field_name(const RulePlan& plan, const BoundField& field) {
    return plan.rule->fields[field.rule_field].name;
  }

  std::optional<RowProblem> append_field(const Evaluation& evaluation, const RulePlan& plan,
                                         const BoundField& field) {
    payload += field.key;
    const auto& node = field.value;
    bool written = true;
    if (node.kind == Node::Kind::column) {
      const auto value = evaluation.column(node);
      if (value.kind == cdc::Value::Kind::not_sent)
        return RowProblem{sentence_of(Problem::not_sent), field_name(plan, field)};
      if (value.kind == cdc::Value::Kind::null) {
        payload += "null";
      } else {
        written = append_json(*node.type, value.text, payload);
      }
    } else {
      const auto value = evaluation.evaluate(node);
      if (value.failed()) return RowProblem{sentence_of(value.problem), field_name(plan, field)};
      written = append_json(*node.type, value, payload);
    }
    if (!written) return RowProblem{sentence_of(Problem::malformed_value), field_name(plan, field)};
    return {};
  }

  // The account id as text: it may be written into the arena.
  std::optional<RowProblem> read_account(const Evaluation& evaluation, const RulePlan& plan,
                                         std::string_view& account_id) {
    const auto& field = plan.fields[plan.account_field];
    const auto& node = field.value;
    if (node.kind == Node::Kind::column) {
      account_id = evaluation.column(node).text;
    } else {
      const auto value = evaluation.evaluate(node);
      account_id = value.text;
      if (value.state == Value::State::present && node.type->family == Family::integer)
        account_id = arena.keep(fmt::format_int(value.number).c_str());
    }
    if (account_id.empty())
      return RowProblem{"the account id is NULL or empty, so the event has no key",
                        field_name(plan, field)};
    return {};
  }

  std::optional<RowProblem> make_event(const Evaluation& evaluation, const RulePlan& plan,
                                       Event& event) {
    payload.clear();
    for (const auto& field : plan.fields)
      if (auto problem = append_field(evaluation, plan, field)) return problem;
    payload.push_back('}');
    if (plan.bulk) {
      const auto truth = evaluation.evaluate(*plan.bulk);
      if (truth.failed()) return RowProblem{sentence_of(truth.problem), {}};
      event.bulk = truth.is_true();
    }
    if (invalid_utf8_at(payload) != std::string_view::npos)
      return RowProblem{"a text is not valid UTF-8", {}};
    // A rule that joins the context has asked for it.
    if (event.account_id.empty())
      if (auto problem = read_account(evaluation, plan, event.account_id)) return problem;
    event.type = plan.rule->type;
    event.rule_index = plan.rule_index;
    event.payload = payload;
    event.schema_version = plan.schema_version;
    return {};
  }

  // Does the row match? Not when its condition has no value for it; `problem` then says why.
  static bool matches(const Evaluation& evaluation, const RulePlan& plan,
                      std::optional<RowProblem>& problem) {
    if (!plan.condition) return true;
    const auto truth = evaluation.evaluate(*plan.condition);
    if (truth.failed()) problem = RowProblem{sentence_of(truth.problem), {}};
    return truth.is_true();
  }

  // What the row says alone is asked first, so that the context is looked up for no row in vain.
  void map_plan(const ChangeOrigin& origin, const cdc::RowChange& change, const RulePlan& plan,
                std::string_view table, EventSink& sink) {
    arena.empty();
    std::optional<RowProblem> problem;
    Event event;
    event.table = table;
    const AccountContext* account = nullptr;
    const Evaluation alone(change, arena);
    bool taken = plan.condition_uses_context || matches(alone, plan, problem);
    if (taken && plan.joins_context) {
      problem = read_account(alone, plan, event.account_id);
      if (!problem && context != nullptr) account = context->find(event.account_id);
      if (!problem && account == nullptr)
        return report_missing(origin, change, plan, event.account_id, table, sink);
      const Evaluation joined(change, arena, account);
      taken = !problem && (!plan.condition_uses_context || matches(joined, plan, problem));
    }
    if (taken) problem = make_event(Evaluation(change, arena, account), plan, event);
    if (problem) {
      quarantine(origin, change, plan, table, *problem, sink);
    } else if (taken) {
      sink.on_event(origin, event);
    }
  }

  void report_missing(const ChangeOrigin& origin, const cdc::RowChange& change,
                      const RulePlan& plan, std::string_view account_id, std::string_view table,
                      EventSink& sink) {
    row.clear();
    append_row_json(change, row);
    const auto reason = context == nullptr ? "the account context is not known here"
                                           : "the account context knows no such account";
    sink.on_account_missing(
        origin, {plan.rule_index, account_id, change.relation},
        {plan.rule->type, table, field_name(plan, plan.fields[plan.account_field]), reason, row});
  }

  void quarantine(const ChangeOrigin& origin, const cdc::RowChange& change, const RulePlan& plan,
                  std::string_view table, RowProblem problem, EventSink& sink) {
    row.clear();
    append_row_json(change, row);
    sink.on_quarantined(origin, {plan.rule->type, table, problem.field, problem.reason, row});
  }

  const RuleSet& rules;
  ContextLookup* context;
  std::unordered_map<std::uint32_t, TableBinding> bindings;
  TableBinding* last = nullptr;
  TextArena arena;
  std::string payload;
  std::string row;
};

Mapper::Mapper(const RuleSet& rules, ContextLookup* context)
    : state_(std::make_unique<State>(rules, context)) {}
Mapper::~Mapper() = default;

Result<void> Mapper::map(const ChangeOrigin& origin, const cdc::RowChange& change,
                         EventSink& sink) {
  const auto& binding = state_->binding_of(origin, change);
  if (binding.error) return tl::unexpected(*binding.error);
  const bool joins = state_->context == nullptr || state_->context->is_filled();
  for (const auto& plan : binding.plans[static_cast<std::size_t>(change.operation)])
    if (joins || !plan.joins_context) state_->map_plan(origin, change, plan, binding.name, sink);
  return {};
}

Result<void> Mapper::map_by_rule(std::uint16_t rule_index, const ChangeOrigin& origin,
                                 const cdc::RowChange& change, EventSink& sink) {
  const auto& binding = state_->binding_of(origin, change);
  if (binding.error) return tl::unexpected(*binding.error);
  for (const auto& plan : binding.plans[static_cast<std::size_t>(change.operation)])
    if (plan.rule_index == rule_index) state_->map_plan(origin, change, plan, binding.name, sink);
  return {};
}

}  // namespace wakestream::mapping
