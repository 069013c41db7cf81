#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "app/commands.h"
#include "app/event_line.h"
#include "app/output.h"
#include "app/policy/load_policy.h"
#include "policy/circumstances.h"

namespace wakestream::app {

namespace {

using policy::Policy;

// What is said of the event that is explained; no value of its other fields is kept.
struct ReadEvent {
  std::string type;
  std::optional<std::string> banner;
  std::optional<std::string> jurisdiction;
  std::optional<std::string> consent_json;
};

const rapidjson::Value* member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::optional<std::string> text_of(const rapidjson::Value* value) {
  if (value == nullptr || !value->IsString()) return std::nullopt;
  return std::string(value->GetString(), value->GetStringLength());
}

std::optional<ReadEvent> read_event(const std::string& path, Logger& logger) {
  const auto line = read_event_line(path, logger);
  if (!line) return std::nullopt;
  rapidjson::Document payload;
  payload.Parse<rapidjson::kParseIterativeFlag>(line->data.data(), line->data.size());
  if (payload.HasParseError()) {
    say_no_event(path, logger);
    return std::nullopt;
  }
  ReadEvent event{line->type, text_of(member(payload, "banner")),
                  text_of(member(payload, "jurisdiction")), std::nullopt};
  if (const auto* consent = member(payload, "consent")) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    consent->Accept(json);
    event.consent_json = std::string(buffer.GetString(), buffer.GetSize());
  }
  return event;
}

class Explanation {
 public:
  Explanation(const Policy& policy, bool all) : policy_(policy), all_(all) {}

  void print_event(const policy::EventShape& shape, const policy::EventFacts& facts,
                   std::optional<policy::NameId> consumer, const std::string& name) {
    const auto verdict = policy_.judge(facts, consumer, shape);
    line(fmt::format("{} for {}: {}", shape.type, name,
                     verdict.withheld() ? "withheld, " + policy_.reason(verdict.event)
                                        : "goes out with what is left of it"));
    line(fmt::format("policy sha256 {}, on {}", policy_.hash(), day_text(facts.at)));
    const auto circumstances = policy_.circumstances(facts, consumer);
    if (!circumstances) return;
    print_circumstances(*circumstances);
    for (std::size_t at = 0; at < shape.fields.size(); ++at)
      print_field(shape.fields[at], verdict.withheld() ? verdict.event : verdict.fields[at],
                  *circumstances);
  }

 private:
  void line(const std::string& text) {
    output_.line() += text;
    output_.end_line();
  }

  void print_circumstances(const policy::Circumstances& where) {
    const auto& definition = policy_.definition();
    const auto& consumer = definition.consumers[where.consumer];
    std::vector<std::string> regimes;
    for (const auto& one : definition.jurisdictions.regimes_of(where.jurisdiction))
      if (one.from <= where.at)
        regimes.push_back(definition.jurisdictions.regimes().name(one.regime));
    line(fmt::format("banner {}; jurisdiction {}, so {}; purpose {}, consent {}",
                     definition.banners.name(where.banner),
                     definition.jurisdictions.codes().name(where.jurisdiction),
                     regimes.empty() ? "no regime" : fmt::format("{}", fmt::join(regimes, " ")),
                     definition.purpose_names.name(consumer.purpose), to_string(where.consent)));
  }

  void print_field(const policy::FieldShape& field, const policy::FieldVerdict& verdict,
                   const policy::Circumstances& where) {
    line("");
    line(fmt::format("  {}: {}, {}", field.name, to_string(verdict.action),
                     policy_.reason(verdict)));
    if (!field.known()) print_category(std::nullopt, where);
    for (const auto& category : field.categories) print_category(category, where);
  }

  void print_category(std::optional<policy::CategoryId> category,
                      const policy::Circumstances& where) {
    const auto& definition = policy_.definition();
    const auto& authorized = definition.consumers[where.consumer].categories;
    const bool may = category && std::any_of(authorized.begin(), authorized.end(), [&](auto one) {
                       return definition.categories.is_under(*category, one);
                     });
    line(fmt::format("    {}{}", category ? definition.categories.name(*category) : "unknown",
                     may ? "" : ", for which the consumer is not authorized"));
    for (const auto& rule : definition.rules) {
      const auto word = unmet(definition, rule, where, category);
      if (word && !all_) continue;
      line(fmt::format("      {} {} {}: {}{}", word ? "-" : "+",
                       rule.side == policy::Side::allow ? "allow" : "deny",
                       to_string(rule.transform.action), rule.name,
                       word                   ? fmt::format(" (not so: {})", *word)
                       : rule.because.empty() ? ""
                                              : fmt::format(" ({})", rule.because)));
    }
  }

  const Policy& policy_;
  bool all_;
  Output output_;
};

}  // namespace

int policy_explain_command(const std::string& config_path, const PolicyExplainOptions& options,
                           Logger& logger) {
  const auto at = time_asked(options.policy, logger);
  if (!at) return exit_usage;
  const auto policy = load_policy(options.policy.file, logger);
  if (!policy) return exit_problem;
  const auto shapes = load_shapes(*policy, config_path, options.policy, logger);
  if (!shapes) return exit_problem;
  const auto event = read_event(options.event, logger);
  if (!event) return exit_problem;
  const auto shape = shapes->by_type.find(event->type);
  const bool is_known = shape != shapes->by_type.end();
  const policy::EventShape unknown{event->type, policy::other_event, {}, {}};
  const auto facts = policy->facts(is_known ? &shape->second : nullptr,
                                   {event->banner, event->jurisdiction, event->consent_json, *at});
  Explanation(*policy, options.all)
      .print_event(is_known ? shape->second : unknown, facts, policy->consumer(options.consumer),
                   options.consumer);
  return exit_done;
}

}  // namespace wakestream::app
