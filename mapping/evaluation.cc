#include "mapping/evaluation.h"

#include <array>
#include <charconv>
#include <optional>

#include "mapping/conversion.h"
#include "mapping/json_text.h"
#include "mapping/text_equality.h"

namespace wakestream::mapping {

namespace {

using Kind = Node::Kind;

Value of_truth(bool truth) { return Value::of_number(truth ? 1 : 0); }

Value typed_value(const Type& type, std::string_view text) {
  if (type.family == Family::integer) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size())
      return Value::failure(Problem::malformed_value);
    return Value::of_number(number);
  }
  if (type.family == Family::boolean) {
    if (text != "t" && text != "f") return Value::failure(Problem::malformed_value);
    return of_truth(text == "t");
  }
  return Value::of_text(text);
}

bool holds(Comparison comparison, std::int64_t left, std::int64_t right) {
  switch (comparison) {
    case Comparison::equal:
    case Comparison::not_distinct:
      return left == right;
    case Comparison::not_equal:
    case Comparison::distinct:
      return left != right;
    case Comparison::less:
      return left < right;
    case Comparison::less_or_equal:
      return left <= right;
    case Comparison::greater:
      return left > right;
    case Comparison::greater_or_equal:
      return left >= right;
  }
  return false;
}

bool wants_equal(Comparison comparison) {
  return comparison == Comparison::equal || comparison == Comparison::not_distinct;
}

// Only IS [NOT] DISTINCT FROM has an answer when a side is NULL.
Value compare_nulls(Comparison comparison, bool both_null) {
  if (comparison == Comparison::distinct) return of_truth(!both_null);
  if (comparison == Comparison::not_distinct) return of_truth(both_null);
  return Value::null();
}

}  // namespace

std::string_view sentence_of(Problem problem) {
  switch (problem) {
    case Problem::none:
      return {};
    case Problem::not_sent:
      return "PostgreSQL did not send a value that the rule needs";
    case Problem::malformed_value:
      return "a column's value is not of its type";
    case Problem::malformed_json:
      return "a json value is malformed";
    case Problem::not_an_integer:
      return "a text that the rule casts to an integer is none";
    case Problem::not_a_boolean:
      return "a text that the rule casts to boolean is none";
    case Problem::out_of_range:
      return "a number is out of range for the type that the rule casts it to";
    case Problem::overflow:
      return "a result of the rule's arithmetic is out of range for its type";
    case Problem::division_by_zero:
      return "the rule divides by zero";
    case Problem::date_out_of_range:
      return "a date, a timestamp or an interval that the rule makes is out of range, or of "
             "infinities";
    case Problem::not_a_number:
      return "a text that the rule casts to numeric is no number";
    case Problem::not_finite:
      return "NaN or an infinity that the rule casts to an integer is none";
    case Problem::negative_length:
      return "a length that the rule takes of a text is negative";
    case Problem::zero_position:
      return "the number of a part that the rule takes of a text is zero";
    case Problem::open_escape:
      return "a LIKE pattern ends in its escape character";
    case Problem::long_escape:
      return "an escape that the rule gives LIKE has more than one character";
    case Problem::text_too_long:
      return "a text that the rule makes is longer than 1 MiB";
    case Problem::no_array:
      return "a jsonb whose length the rule takes is no array";
  }
  return {};
}

std::string_view name_of(cdc::Operation operation) {
  switch (operation) {
    case cdc::Operation::insert:
      return "INSERT";
    case cdc::Operation::update:
      return "UPDATE";
    case cdc::Operation::remove:
      return "DELETE";
    case cdc::Operation::truncate:
      return "TRUNCATE";
    case cdc::Operation::snapshot:
      return "SNAPSHOT";
  }
  return {};
}

Value value_of_literal(const Node& literal) {
  if (literal.is_null) return Value::null();
  return {Value::State::present, Problem::none, literal.number, literal.text};
}

cdc::Value Evaluation::missing_column(const Node& node) const {
  const auto operation = change_.operation;
  const bool update = operation == cdc::Operation::update;
  if (node.of_old) {
    if (!has_old_row(operation)) return cdc::Value::null();
    const bool unchanged_key = update && change_.old_row == cdc::OldRow::absent &&
                               change_.relation != nullptr &&
                               node.column < change_.relation->columns.size() &&
                               change_.relation->columns[node.column].part_of_key;
    if (unchanged_key && node.column < change_.after.size()) return change_.after[node.column];
    return cdc::Value::not_sent();
  }
  if (!has_new_row(operation)) return cdc::Value::null();
  if (update && node.column < change_.after.size() && node.column < change_.before.size() &&
      change_.before[node.column].kind == cdc::Value::Kind::text)
    return change_.before[node.column];
  return cdc::Value::not_sent();
}

Value Evaluation::load_context(const Node& node) const {
  if (context_ == nullptr) return Value::failure(Problem::not_sent);
  const auto& value = context_->at(static_cast<ContextColumn>(node.column));
  return value ? Value::of_text(*value) : Value::null();
}

Value Evaluation::evaluate(const Node& node) const {
  switch (node.kind) {
    case Kind::literal:
      return value_of_literal(node);
    case Kind::column:
      return load(node);
    case Kind::context_column:
      return load_context(node);
    case Kind::operation:
      return Value::of_text(name_of(change_.operation));
    case Kind::compare:
      return compare(node);
    case Kind::compare_columns:
      return compare_columns(node);
    case Kind::logical_and:
      return both(node);
    case Kind::logical_or:
      return either(node);
    case Kind::logical_not: {
      auto value = evaluate(node.args[0]);
      if (value.state == Value::State::present) value.number = value.number == 0 ? 1 : 0;
      return value;
    }
    case Kind::is_null:
    case Kind::is_not_null:
      return null_test(node);
    case Kind::case_when:
      return choose(node);
    case Kind::coalesce: {
      auto value = Value::null();
      for (std::size_t index = 0; index < node.args.size() && value.is_null(); ++index)
        value = evaluate(node.args[index]);
      return value;
    }
    case Kind::concatenate: {
      const auto left = evaluate(node.args[0]);
      if (left.failed()) return left;
      const auto right = evaluate(node.args[1]);
      if (right.failed() || right.is_null()) return right;
      return left.is_null() ? left : Value::of_text(arena_.join(left.text, right.text));
    }
    case Kind::convert:
      return convert(node);
    case Kind::json_element:
    case Kind::json_text:
      return json(node);
    case Kind::call:
      return call(node);
    case Kind::greatest:
    case Kind::least:
      return extreme(node);
  }
  return Value::failure(Problem::malformed_value);
}

Value Evaluation::load(const Node& node) const {
  const auto value = column(node);
  if (value.kind == cdc::Value::Kind::null) return Value::null();
  if (value.kind == cdc::Value::Kind::not_sent) return Value::failure(Problem::not_sent);
  return typed_value(*node.type, value.text);
}

Value Evaluation::compare(const Node& node) const {
  const auto left = evaluate(node.args[0]);
  if (left.failed()) return left;
  const auto right = evaluate(node.args[1]);
  if (right.failed()) return right;
  if (left.is_null() || right.is_null())
    return compare_nulls(node.comparison, left.is_null() && right.is_null());
  if (node.order != nullptr) {
    const auto outcome = node.order(left.text, right.text);
    return outcome ? of_truth(holds(node.comparison, *outcome, 0))
                   : Value::failure(Problem::malformed_value);
  }
  if (node.equality == Equality::number)
    return of_truth(holds(node.comparison, left.number, right.number));
  return of_truth(equal_texts(node.equality, left.text, right.text) ==
                  wants_equal(node.comparison));
}

Value Evaluation::compare_columns(const Node& node) const {
  const auto left = column(node.args[0]);
  const auto right = column(node.args[1]);
  if (left.kind == cdc::Value::Kind::not_sent || right.kind == cdc::Value::Kind::not_sent)
    return Value::failure(Problem::not_sent);
  const bool left_null = left.kind == cdc::Value::Kind::null;
  const bool right_null = right.kind == cdc::Value::Kind::null;
  if (left_null || right_null) return compare_nulls(node.comparison, left_null && right_null);
  return of_truth((left.text == right.text) == wants_equal(node.comparison));
}

Value Evaluation::both(const Node& node) const {
  auto outcome = of_truth(true);
  for (const auto& arg : node.args) {
    const auto value = evaluate(arg);
    if (value.state == Value::State::present && value.number == 0) return value;
    if (value.failed() && value.problem != Problem::not_sent) return value;
    if (value.failed() || (value.is_null() && !outcome.failed())) outcome = value;
  }
  return outcome;
}

Value Evaluation::either(const Node& node) const {
  auto outcome = of_truth(false);
  for (const auto& arg : node.args) {
    const auto value = evaluate(arg);
    if (value.is_true()) return value;
    if (value.failed() && value.problem != Problem::not_sent) return value;
    if (value.failed() || (value.is_null() && !outcome.failed())) outcome = value;
  }
  return outcome;
}

Value Evaluation::null_test(const Node& node) const {
  const auto& arg = node.args[0];
  auto is_null = false;
  if (arg.kind == Kind::column) {
    const auto value = column(arg);
    const bool unchanged_toast = value.kind == cdc::Value::Kind::not_sent && !arg.of_old;
    if (value.kind == cdc::Value::Kind::not_sent && !unchanged_toast)
      return Value::failure(Problem::not_sent);
    is_null = value.kind == cdc::Value::Kind::null;
  } else {
    const auto value = evaluate(arg);
    if (value.failed()) return value;
    is_null = value.is_null();
  }
  return of_truth(is_null == (node.kind == Kind::is_null));
}

Value Evaluation::choose(const Node& node) const {
  for (std::size_t index = 0; index + 1 < node.args.size(); index += 2) {
    const auto condition = evaluate(node.args[index]);
    if (condition.failed()) return condition;
    if (condition.is_true()) return evaluate(node.args[index + 1]);
  }
  return evaluate(node.args.back());
}

Value Evaluation::convert(const Node& node) const {
  const auto& arg = node.args[0];
  if (node.conversion == Conversion::text_form && arg.kind == Kind::column) {
    const auto value = column(arg);
    if (value.kind == cdc::Value::Kind::text) return Value::of_text(value.text);
    return value.kind == cdc::Value::Kind::null ? Value::null() : Value::failure(Problem::not_sent);
  }
  const auto value = evaluate(arg);
  if (value.state != Value::State::present) return value;
  return converted(node, value, arena_);
}

Value Evaluation::json(const Node& node) const {
  const auto parent = evaluate(node.args[0]);
  if (parent.failed()) return parent;
  const auto key = evaluate(node.args[1]);
  if (key.failed() || key.is_null()) return key;
  if (parent.is_null()) return parent;
  JsonFound found;
  if (node.args[1].type->family == Family::integer) {
    found = json_item(parent.text, key.number);
  } else {
    std::string quoted;
    append_json_string(key.text, quoted);
    found = json_member(parent.text, quoted);
  }
  if (found.outcome == JsonFound::Outcome::malformed)
    return Value::failure(Problem::malformed_json);
  if (found.outcome == JsonFound::Outcome::absent) return Value::null();
  if (node.kind == Kind::json_element) return Value::of_text(found.value);
  if (found.value == "null") return Value::null();
  if (!found.value.starts_with('"')) return Value::of_text(found.value);
  const auto inner = found.value.substr(1, found.value.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return Value::of_text(inner);
  std::string text;
  if (!append_unquoted(found.value, text)) return Value::failure(Problem::malformed_json);
  return Value::of_text(arena_.keep(text));
}

Value Evaluation::call(const Node& node) const {
  std::array<Value, function_args_max> args;
  bool any_null = false;
  for (std::size_t at = 0; at < node.args.size(); ++at) {
    args[at] = evaluate(node.args[at]);
    if (args[at].failed()) return args[at];
    any_null = any_null || args[at].is_null();
  }
  if (any_null) return Value::null();
  return node.function->compute(std::span(args.data(), node.args.size()), arena_);
}

Value Evaluation::extreme(const Node& node) const {
  auto best = Value::null();
  for (const auto& arg : node.args) {
    const auto value = evaluate(arg);
    if (value.failed()) return value;
    if (value.is_null()) continue;
    if (best.is_null()) {
      best = value;
      continue;
    }
    std::optional<int> outcome = value.number < best.number ? -1 : 1;
    if (node.order != nullptr) outcome = node.order(value.text, best.text);
    if (!outcome) return Value::failure(Problem::malformed_value);
    if (node.kind == Kind::greatest ? *outcome > 0 : *outcome < 0) best = value;
  }
  return best;
}

}  // namespace wakestream::mapping
