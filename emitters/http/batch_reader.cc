#include <fmt/format.h>

#include "emitters/http/recipe_reader.h"

namespace wakestream::emitters {

namespace {

constexpr std::int64_t items_max_max = 1'000;

class BatchReader {
 public:
  BatchReader(const YAML::Node& root, const Recipe& recipe, yaml::Problems& problems)
      : request_(root["request"]), recipe_(recipe), problems_(problems) {}

  BatchRecipe read(const YAML::Node& node) {
    yaml::YamlSection section(node, "batch", problems_);
    BatchRecipe batch;
    if (!node.IsMap()) return batch;
    batch.items_max = static_cast<std::size_t>(section.count("items_max", 100, 1, items_max_max));
    batch.bytes_max = section.size("bytes_max", 1U << 20U, 1U << 10U, 16U << 20U);
    if (batch.items_max > recipe_.network.in_flight_max)
      problems_.add(section.mark("items_max"),
                    fmt::format("batch.items_max ({}) is more than network.in_flight_max ({}), "
                                "which counts events: no batch would ever be full",
                                batch.items_max, recipe_.network.in_flight_max));
    if (section.has("body")) batch.body = read_body_of_all(section.node("body"), section);
    if (section.has("results"))
      batch.results = read_results(section.node("results"));
    else
      problems_.add(section.mark("results"),
                    "batch.results is missing: it says where the answer has each event's result, "
                    "or is all, where one answer counts for all of them");
    refuse_what_is_no_item(section);
    refuse_fields_of_one_event();
    section.finish();
    return batch;
  }

 private:
  BatchBody read_body_of_all(const YAML::Node& node, yaml::YamlSection& section) {
    if (node.IsScalar() && node.Scalar() == "list") return {};
    if (node.IsScalar() && node.Scalar() == "lines") return {.kind = BatchBody::Kind::lines};
    if (!node.IsMap() || node.size() != 1) {
      problems_.add(node.Mark(), "batch.body must be list, lines or {json: ...}");
      return {};
    }
    yaml::YamlSection body(node, "batch.body", problems_);
    BatchBody made{.kind = BatchBody::Kind::json};
    if (const auto json = body.node("json"); json.IsDefined())
      made.json = read_envelope(json, "batch.body.json", section, problems_);
    body.finish();
    return made;
  }

  std::optional<ItemResults> read_results(const YAML::Node& node) {
    if (node.IsScalar() && node.Scalar() == "all") return std::nullopt;
    if (!node.IsMap()) {
      problems_.add(node.Mark(),
                    "batch.results must be all, or say where the answer has each event's result");
      return std::nullopt;
    }
    yaml::YamlSection section(node, "batch.results", problems_);
    ItemResults results;
    results.list = path(section, "list");
    read_name(section, results);
    results.status = path(section, "status");
    if (section.has("answers"))
      results.answers = read_answers(
          section.node("answers"), "batch.results.answers",
          section.has("status") ? RulesOf::result_with_status : RulesOf::result, problems_);
    else if (!section.has("status"))
      problems_.add(section.mark("answers"),
                    "batch.results needs answers, rules about a result, or status, where a result "
                    "has one: without them none means that its event was delivered");
    read_unnamed(section, results);
    section.finish();
    return results;
  }

  void read_name(yaml::YamlSection& section, ItemResults& results) {
    const bool by_id = section.has("id");
    if (by_id && section.has("index"))
      problems_.add(section.mark("index"),
                    "batch.results has id and index: a result is known by one of them");
    if (by_id || section.has("index")) {
      results.by = by_id ? ItemResults::By::id : ItemResults::By::index;
      results.name = path(section, by_id ? "id" : "index");
      path(section, "index");
    }
    results.echoes = read_echoed(section);
    if (!by_id && section.has("echoes"))
      problems_.add(section.mark("echoes"),
                    "batch.results.echoes is what batch.results.id is of the event, and there is "
                    "no id");
    if (by_id && !item_holds(recipe_.body, results.echoes))
      problems_.add(section.mark("id"),
                    fmt::format("batch.results.id: request.body does not have ${{{}}}, so no "
                                "answer can name an event by it",
                                results.echoes.name()));
  }

  EventField read_echoed(yaml::YamlSection& section) {
    if (section.has("echoes")) {
      const auto node = section.node("echoes");
      const auto before = problems_.count();
      const auto text = TextTemplate::read(node, "batch.results.echoes", section, problems_);
      if (const auto* field = text.only_field()) return *field;
      if (problems_.count() == before)
        problems_.add(node.Mark(), "batch.results.echoes must be one field, such as ${subject}");
    }
    return EventField::parse("id").value_or(EventField());
  }

  void read_unnamed(yaml::YamlSection& section, ItemResults& results) {
    if (!section.has("unnamed")) return;
    const auto verdict = verdict_of(section.text("unnamed"));
    if (!verdict)
      problems_.add(section.mark("unnamed"),
                    "batch.results.unnamed must be delivered, unknown, retry, throttle, park or "
                    "disable");
    else if (results.by == ItemResults::By::position)
      problems_.add(section.mark("unnamed"),
                    "batch.results.unnamed: by position each event has a result, and none is "
                    "unnamed; name id or index");
    results.unnamed = verdict.value_or(Verdict::unknown);
  }

  std::optional<JsonPath> path(yaml::YamlSection& section, const std::string& key) {
    if (!section.has(key)) return std::nullopt;
    const auto text = section.text(key);
    auto path = JsonPath::parse(text);
    if (!path && !text.empty())
      problems_.add(section.mark(key),
                    fmt::format("batch.results.{} must be names joined by dots, such as "
                                "results.items",
                                key));
    return path;
  }

  void refuse_what_is_no_item(const yaml::YamlSection& section) {
    const auto& kind = recipe_.body.kind;
    if (kind == BodyTemplate::Kind::none || kind == BodyTemplate::Kind::form)
      problems_.add(section.mark("batch"),
                    "batch needs a request.body that can be an item of JSON: event, data or "
                    "{json: ...}");
    else if (!recipe_.webhook.empty() && !item_holds(recipe_.body, *EventField::parse("id")))
      problems_.add(section.mark("batch"),
                    "batch of a webhook: request.body must have ${id}. A request's webhook-id is "
                    "the batch's, and an event that comes again comes in another one");
  }

  // One URL and one set of headers for all.
  void refuse_fields_of_one_event() {
    const auto refuse = [&](const YAML::Node& node, const std::string& where) {
      problems_.add(node.Mark(),
                    fmt::format("{} is the same for all events of a batch: of fields it may have "
                                "${{id}} alone, the batch's own",
                                where));
    };
    if (!request_.IsDefined() || !request_.IsMap()) return;
    if (names_one_event(recipe_.url)) refuse(request_["url"], "request.url");
    for (const auto& [name, text] : recipe_.headers)
      if (names_one_event(text)) refuse(request_["headers"][name], "request.headers." + name);
  }

  const YAML::Node request_;
  const Recipe& recipe_;
  yaml::Problems& problems_;
};

}  // namespace

void read_batch(const YAML::Node& root, Recipe& recipe, yaml::Problems& problems) {
  recipe.batch = BatchReader(root, recipe, problems).read(root["batch"]);
}

}  // namespace wakestream::emitters
