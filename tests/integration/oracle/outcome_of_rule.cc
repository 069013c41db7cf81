#include <fmt/format.h>

#include <algorithm>

#include "mapping/mapper.h"
#include "mapping/rule.h"
#include "mapping/type.h"
#include "mapping/type_check.h"
#include "mapping/value.h"
#include "tests/integration/oracle/outcome.h"

namespace wakestream::test::oracle {

namespace {

using mapping::Problem;

// The class of error that PostgreSQL raises for the same.
std::string sqlstate_of(std::string_view reason) {
  const auto is = [&](Problem problem) { return reason == sentence_of(problem); };
  if (is(Problem::not_an_integer) || is(Problem::not_a_boolean)) return "error 22P02";
  if (is(Problem::not_a_number)) return "error 22P02";
  if (is(Problem::out_of_range) || is(Problem::overflow)) return "error 22003";
  if (is(Problem::division_by_zero)) return "error 22012";
  if (is(Problem::date_out_of_range)) return "error 22008";
  if (is(Problem::not_finite)) return "error 0A000";
  if (is(Problem::negative_length)) return "error 22011";
  if (is(Problem::zero_position)) return "error 22023";
  if (is(Problem::text_too_long)) return "error 54000";
  if (is(Problem::no_array)) return "error 22023";
  if (is(Problem::open_escape) || is(Problem::long_escape)) return "error 22025";
  return fmt::format("error that PostgreSQL does not have: {}", reason);
}

class LastOutcome final : public mapping::EventSink {
 public:
  void on_event(const mapping::ChangeOrigin&, const mapping::Event& event) override {
    constexpr std::string_view start = R"("x":)";
    value = event.payload.substr(event.payload.find(start) + start.size());
    value.pop_back();
  }
  void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow& row) override {
    value = sqlstate_of(row.reason);
  }
  std::string value = "null";
};

constexpr std::string_view head =
    "CREATE VIEW oracle.e AS SELECT 'k' AS account_id, NULL AS version, 'b' AS banner, 'EU' AS "
    "jurisdiction, NULL AS consent, ";

bool is_key(std::size_t column) {
  return columns()[column].name == "i4" || columns()[column].name == "t";
}

std::vector<cdc::Value> values_of(const PostgresConnection::Row& row) {
  std::vector<cdc::Value> values;
  for (const auto& cell : row) values.push_back(cell ? cdc::Value::of(*cell) : cdc::Value::null());
  return values;
}

// A row change as it comes, with its values.
struct SentChange {
  SentChange(const Change& change, const cdc::Relation& relation, Sent sent)
      : before(values_of(change.before)), after(values_of(change.after)) {
    row.operation = change.operation;
    row.relation = &relation;
    row.old_row = before.empty() ? cdc::OldRow::absent : cdc::OldRow::full;
    if (sent != Sent::all) leave_out(change, sent);
    row.before = before;
    row.after = after;
  }

  void leave_out(const Change& change, Sent sent) {
    bool key_changed = change.operation == cdc::Operation::remove;
    for (std::size_t at = 0; at < before.size(); ++at) {
      const bool unchanged = at < after.size() && change.before[at] == change.after[at];
      key_changed = key_changed || (is_key(at) && !unchanged);
      const bool toasted = mapping::type_of_oid(row.relation->columns[at].type_oid).toastable;
      // A TOAST value of the key would come with the old row.
      const bool comes =
          !unchanged || !toasted || !change.after[at] || (sent == Sent::key_of_old && is_key(at));
      if (!comes) after[at] = cdc::Value::not_sent();
    }
    if (sent != Sent::key_of_old || before.empty()) return;
    row.old_row = key_changed ? cdc::OldRow::key_only : cdc::OldRow::absent;
    if (!key_changed) return before.clear();
    for (std::size_t at = 0; at < before.size(); ++at)
      if (!is_key(at)) before[at] = cdc::Value::not_sent();
  }

  std::vector<cdc::Value> before;
  std::vector<cdc::Value> after;
  cdc::RowChange row;
};

cdc::Relation with_identity(cdc::Relation relation, Sent sent) {
  if (sent != Sent::key_of_old) return relation;
  relation.replica_identity = cdc::ReplicaIdentity::standard;
  for (std::size_t at = 0; at < relation.columns.size(); ++at)
    relation.columns[at].part_of_key = is_key(at);
  return relation;
}

// A difference of timestamps: only PostgreSQL 17 has infinite intervals, and 15 does not see every
// overflow.
bool versions_differ(const mapping::Node& node) {
  const bool here = node.kind == mapping::Node::Kind::call &&
                    node.type == &mapping::types::interval && node.function->name == "-" &&
                    node.args.size() == 2 && node.args[0].type == node.args[1].type &&
                    node.args[0].type != &mapping::types::interval;
  return here || std::any_of(node.args.begin(), node.args.end(), versions_differ);
}

Outcome outcome_of(const std::string& rule, const cdc::Relation& full,
                   const std::vector<Change>& changes, Sent sent) {
  const std::vector<mapping::RuleSource> sources{{"oracle.sql", rule}};
  Outcome outcome;
  const auto rules = mapping::RuleSet::parse(sources);
  if (!rules) {
    outcome.refusal = rules.error().front().message;
    return outcome;
  }
  const auto relation = with_identity(full, sent);
  const auto typed = mapping::resolve_types(rules->rules().front(), relation);
  if (!typed) {
    outcome.refusal = typed.error().front().message;
    return outcome;
  }
  outcome.type = typed->fields.back().type->name;
  outcome.versions_differ = versions_differ(typed->fields.back());
  mapping::Mapper mapper(*rules);
  mapping::ChangeOrigin origin{1, cdc::Lsn{1}, 0, 0};
  for (const auto& change : changes) {
    SentChange row(change, relation, sent);
    row.row.ordinal = ++origin.ordinal;
    LastOutcome last;
    if (const auto mapped = mapper.map(origin, row.row, last); !mapped) {
      outcome.refusal = mapped.error().message;
      return outcome;
    }
    outcome.values.push_back(last.value);
  }
  return outcome;
}

}  // namespace

Outcome outcome_of_rule(const std::string& expression, const cdc::Relation& relation,
                        const std::vector<Change>& changes, Sent sent) {
  return outcome_of(fmt::format("{} {} AS x FROM oracle.cell", head, expression), relation, changes,
                    sent);
}

Outcome outcome_of_condition(const std::string& expression, const cdc::Relation& relation,
                             const std::vector<Change>& changes) {
  return outcome_of(fmt::format("{} true AS x FROM oracle.cell WHERE {}", head, expression),
                    relation, changes, Sent::all);
}

}  // namespace wakestream::test::oracle
