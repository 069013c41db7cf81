#include "mapping/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "mapping/context_use.h"
#include "mapping/fingerprint.h"
#include "mapping/rule.h"
#include "mapping/sql_tree.h"
#include "mapping/sql_view.h"
#include "mapping/type_check.h"
#include "mapping/yaml_rules.h"

namespace wakestream::mapping {

struct RuleSet::State {
  std::vector<Rule> rules;
  std::string hash;
};

namespace {

// The event's part of its id has four hexadecimal digits.
constexpr std::size_t rules_max = 0x10000;

void append_normalized(const Rule& rule, std::string& out) {
  const auto add = [&](std::string_view text) { out += fmt::format("{}:{} ", text.size(), text); };
  add(rule.type);
  add(rule.table_schema);
  add(rule.table_name);
  if (rule.joins_context) out += "join context ";
  for (const auto& field : rule.fields) {
    add(field.name);
    append_normalized(field.value, out);
  }
  if (rule.condition) {
    out += " where ";
    append_normalized(*rule.condition, out);
  }
  if (rule.bulk) {
    out += " bulk ";
    append_normalized(*rule.bulk, out);
  }
  out += '\n';
}

class Loader {
 public:
  void read(const RuleSource& source) {
    if (!is_yaml_file(source.name)) return read_sql(source);
    for (auto& rule : read_yaml_rules(source.name, source.text)) add_rule(std::move(rule));
  }

  void attach_comments() {
    for (auto& comment : comments_) {
      const auto rule = std::find_if(rules.begin(), rules.end(),
                                     [&](const Rule& one) { return one.type == comment.rule; });
      if (rule == rules.end()) {
        // A view that was refused has its own error.
        if (std::find(refused_.begin(), refused_.end(), comment.rule) == refused_.end())
          refuse(comment, fmt::format("there is no rule {}: a comment names a view of these files",
                                      comment.rule));
      } else if (comment.field.empty()) {
        if (!rule->description.empty() || rule->bulk)
          refuse(comment, "the view has a comment already: leave one of them");
        rule->description = std::move(comment.description);
        rule->bulk = std::move(comment.bulk);
        rule->bulk_sql = std::move(comment.bulk_sql);
      } else {
        attach(comment, *rule);
      }
    }
  }

  // Whole, with what its comments say.
  void check() {
    for (const auto& rule : rules) {
      for (auto& error : check_types(rule)) errors.push_back(std::move(error));
      for (auto& error : check_context_use(rule)) errors.push_back(std::move(error));
    }
  }

  std::vector<Rule> rules;
  std::vector<Error> errors;

 private:
  void read_sql(const RuleSource& source) {
    const SqlText text(source.name, source.text);
    for (const auto& statement : parse_statements(text, errors)) {
      const SqlErrors places(text, statement);
      const auto* first = children(statement.tree, "stmts").front();
      const auto parsed = typed_child(*first, "stmt");
      if (parsed.is("ViewStmt")) {
        add_rule(read_view(places, *parsed.node));
      } else if (parsed.is("CommentStmt")) {
        auto comment = read_comment(places, *parsed.node);
        if (comment) {
          comments_.push_back(std::move(*comment));
        } else {
          errors.push_back(std::move(comment.error()));
        }
      } else {
        errors.push_back(
            places.error(ErrorKind::unsupported, places.place(statement.first_word),
                         "a rule file holds CREATE VIEW and COMMENT ON, no other statement"));
      }
    }
  }

  void add_rule(tl::expected<Rule, std::vector<Error>> rule) {
    if (!rule) {
      refused_.push_back(rule.error().front().rule);
      for (auto& error : rule.error()) errors.push_back(std::move(error));
      return;
    }
    for (const auto& earlier : rules)
      if (earlier.type == rule->type)
        return errors.push_back(
            {ErrorKind::invalid_rule,
             fmt::format("there is a rule of this name at {}:{}:{}: an event type has one rule",
                         earlier.file, earlier.place.line, earlier.place.column),
             rule->file,
             rule->place.line,
             rule->place.column,
             rule->type,
             {},
             {}});
    rules.push_back(std::move(*rule));
  }

  void refuse(const RuleComment& comment, std::string message) {
    errors.push_back({ErrorKind::invalid_rule,
                      std::move(message),
                      comment.file,
                      comment.place.line,
                      comment.place.column,
                      comment.rule,
                      {},
                      {}});
  }

  void attach(RuleComment& comment, Rule& rule) {
    const auto field = std::find_if(rule.fields.begin(), rule.fields.end(),
                                    [&](const Field& one) { return one.name == comment.field; });
    if (field == rule.fields.end())
      return refuse(comment, fmt::format("the rule has no field {}", comment.field));
    if (!field->description.empty() || !field->pii_tags.empty())
      return refuse(
          comment, fmt::format("field {} has a comment already: leave one of them", comment.field));
    field->pii_tags = std::move(comment.pii_tags);
    field->description = std::move(comment.description);
  }

  std::vector<RuleComment> comments_;
  std::vector<std::string> refused_;
};

}  // namespace

RuleSet::RuleSet() : state_(std::make_unique<State>()) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

tl::expected<RuleSet, std::vector<Error>> RuleSet::parse(std::span<const RuleSource> sources) {
  Loader loader;
  for (const auto& source : sources) loader.read(source);
  loader.attach_comments();
  loader.check();
  if (loader.rules.size() > rules_max)
    loader.errors.push_back({ErrorKind::unsupported,
                             fmt::format("there are more than {} rules", rules_max),
                             {},
                             0,
                             0,
                             {},
                             {},
                             {}});
  if (!loader.errors.empty()) return tl::unexpected(std::move(loader.errors));
  RuleSet set;
  set.state_->rules = std::move(loader.rules);
  std::string normalized;
  for (const auto& rule : set.state_->rules) append_normalized(rule, normalized);
  set.state_->hash = fingerprint(normalized);
  return set;
}

tl::expected<RuleSet, std::vector<Error>> RuleSet::load(std::span<const std::string> paths) {
  std::vector<RuleSource> sources;
  std::vector<Error> errors;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    RuleSource source{path,
                      {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}};
    if (!file.is_open() || file.bad()) {
      errors.push_back({ErrorKind::syntax,
                        fmt::format("the rule file cannot be read: {}", std::strerror(errno)),
                        path,
                        0,
                        0,
                        {},
                        {},
                        {}});
    } else {
      sources.push_back(std::move(source));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return parse(sources);
}

std::span<const Rule> RuleSet::rules() const { return state_->rules; }

std::vector<std::string> RuleSet::event_types() const {
  std::vector<std::string> names;
  for (const auto& rule : state_->rules) names.push_back(rule.type);
  return names;
}

std::vector<std::string> RuleSet::tables() const {
  std::vector<std::string> names;
  for (const auto& rule : state_->rules) {
    auto name = fmt::format("{}.{}", rule.table_schema, rule.table_name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

bool RuleSet::has_table(const std::string& table) const {
  const auto all = tables();
  return std::find(all.begin(), all.end(), table) != all.end();
}

bool RuleSet::joins_context() const {
  return std::any_of(state_->rules.begin(), state_->rules.end(),
                     [](const Rule& rule) { return rule.joins_context; });
}

std::vector<Error> RuleSet::refuse_context(std::string_view why) const {
  std::vector<Error> errors;
  for (const auto& rule : state_->rules)
    if (rule.joins_context)
      errors.push_back({ErrorKind::invalid_rule,
                        std::string(why),
                        rule.file,
                        rule.context_place.line,
                        rule.context_place.column,
                        rule.type,
                        {},
                        {}});
  return errors;
}

const std::string& RuleSet::hash() const { return state_->hash; }

}  // namespace wakestream::mapping
