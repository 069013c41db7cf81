// A policy, loaded once and immutable afterwards: what each consumer may see of an event, by the
// categories of its fields, the jurisdiction, the banner, the member's consent and the time.
//
//   verdict = the narrowest of: the widest action of the allows that hold, and the narrowest action
//             of the denies that hold
//
// So a deny wins, no order of rules matters but for the reason that is named, another deny never
// shows more, and another allow never shows less. Without an allow nothing is shown.
//
// It fails closed: who knows less is shown no more. An unknown consumer, event, banner or
// jurisdiction withholds the event; an unknown field or category, and a consent that is not known,
// the field.
//
// Judging is pure and takes no lock: any number of threads may share one policy.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/definition.h"
#include "policy/rule_index.h"
#include "policy/verdict.h"
#include "yaml/problem.h"

namespace wakestream::policy {

// What a field holds: a category for each of its tags; nothing where one is not known.
struct FieldShape {
  std::string name;
  std::vector<std::optional<CategoryId>> categories;
  // Has it a tag, or a category by its name?
  bool known() const { return !categories.empty(); }
};

struct EventShape {
  std::string type;
  NameId event = other_event;  // of Definition::events
  std::vector<FieldShape> fields;
  std::optional<std::size_t> subject;  // the field account_id
};

// What is known of one event, looked up once for all consumers.
struct EventFacts {
  bool known_type = false;
  NameId event = other_event;
  std::optional<NameId> banner;
  std::optional<NameId> jurisdiction;
  ConsentStates consent{};
  std::chrono::sys_seconds at;
  std::size_t deny_era = 0;
  std::size_t allow_era = 0;
};

// Views live until the call returns. Nothing is what the event does not say.
struct EventWords {
  std::optional<std::string_view> banner;
  std::optional<std::string_view> jurisdiction;
  std::optional<std::string_view> consent_json;
  std::chrono::sys_seconds at;
};

// A field's name and its tags, as an event schema has them.
struct TaggedField {
  std::string name;
  std::vector<std::string> tags;
};

class Policy {
 public:
  using Result = tl::expected<Policy, std::vector<yaml::Problem>>;
  // All problems at once, a test in the file that fails among them. References to keys are not
  // followed: see policy/key_ring.h.
  static Result parse(std::string_view text, const std::string& name);
  static Result load(const std::string& path);

  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  const Definition& definition() const;
  // SHA-256 of the file's bytes, hexadecimal: what goes on record.
  const std::string& hash() const;
  const std::string& file() const;

  std::optional<NameId> consumer(std::string_view name) const;
  EventShape shape(std::string_view type, std::span<const TaggedField> fields) const;
  EventFacts facts(const EventShape* shape, const EventWords& words) const;
  // The verdict is the caller's, so that its memory is used again.
  void judge(const EventFacts& facts, std::optional<NameId> consumer,
             std::span<const FieldShape> fields, std::optional<std::size_t> subject,
             Verdict& verdict) const;
  Verdict judge(const EventFacts& facts, std::optional<NameId> consumer,
                const EventShape& shape) const;

  // The same with everything known: what a survey goes through.
  EventFacts facts(const EventShape& shape, NameId banner, NameId jurisdiction,
                   ConsentState consent, std::chrono::sys_seconds at) const;
  // What rules are held against; nothing where the event is withheld before any rule is asked.
  std::optional<Circumstances> circumstances(const EventFacts& facts,
                                             std::optional<NameId> consumer) const;
  // The states that the consumer's purpose can meet: not_needed alone, or the four others.
  std::span<const ConsentState> reachable_states(NameId consumer) const;

  // "rule NAME", or the cause in a word.
  std::string reason(const FieldVerdict& verdict) const;
  const Transform* transform(const FieldVerdict& verdict) const;

 private:
  struct State;
  explicit Policy(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

}  // namespace wakestream::policy
