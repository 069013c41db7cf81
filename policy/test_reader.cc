#include "policy/test_reader.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "policy/verdict.h"
#include "policy/word_list.h"

namespace wakestream::policy {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void put_text(JsonWriter& json, const std::string& text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// A consent as YAML has it: words, true and false, in mappings.
void put_yaml(JsonWriter& json, const YAML::Node& node) {
  if (node.IsMap()) {
    json.StartObject();
    for (const auto& entry : node) {
      put_text(json, entry.first.IsScalar() ? entry.first.Scalar() : std::string());
      put_yaml(json, entry.second);
    }
    json.EndObject();
  } else if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) {
    json.Bool(node.Scalar() == "true");
  } else if (node.IsScalar()) {
    put_text(json, node.Scalar());
  } else {
    json.Null();
  }
}

class TestReader {
 public:
  TestReader(Definition& definition, yaml::Problems& problems)
      : definition_(definition), problems_(problems) {}

  void read(const YAML::Node& node, const std::string& where) {
    yaml::YamlSection section(node, where, problems_);
    if (!node.IsMap()) return;
    PolicyTest test;
    test.name = section.text("name");
    test.place = place_of(node.Mark());
    test.consumer = section.text("consumer");
    const auto event = section.node("event");
    if (event.IsDefined())
      read_event(event, where + ".event", test);
    else
      problems_.add(node.Mark(), fmt::format("{}.event is missing", where));
    const auto expect = section.node("expect");
    read_expected(expect, where + ".expect", section.mark("expect"), test);
    if (section.node("because").IsDefined()) test.because = section.text("because");
    if (test.because) check_reason(*test.because, section.mark("because"));
    section.finish();
    definition_.tests.push_back(std::move(test));
  }

 private:
  static Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

  void read_event(const YAML::Node& node, const std::string& where, PolicyTest& test) {
    yaml::YamlSection section(node, where, problems_);
    const auto text = [&](const std::string& key) {
      return section.node(key).IsDefined() ? std::optional(section.text(key)) : std::nullopt;
    };
    test.event = text("type");
    test.banner = text("banner");
    test.jurisdiction = text("jurisdiction");
    if (const auto day = day_of(section, "at", where + ".at", problems_))
      test.at = *day;
    else if (node.IsMap() && !section.has("at"))
      problems_.add(node.Mark(), fmt::format("{}.at is missing: the day, so that the test says the "
                                             "same tomorrow",
                                             where));
    const auto consent = section.node("consent");
    if (consent.IsDefined()) test.consent_json = json_of(consent);
    const auto fields = section.node("fields");
    if (fields.IsDefined()) read_fields(fields, where + ".fields", test);
    section.finish();
  }

  // A text is JSON as it stands, so that a test can try what is not readable.
  static std::string json_of(const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    rapidjson::StringBuffer buffer;
    JsonWriter json(buffer);
    put_yaml(json, node);
    return {buffer.GetString(), buffer.GetSize()};
  }

  void read_fields(const YAML::Node& node, const std::string& where, PolicyTest& test) {
    yaml::YamlSection section(node, where, problems_);
    if (!node.IsMap()) return;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      ExpectedField field{entry.first.Scalar(), {}, {}, place_of(entry.first.Mark())};
      // No tag is none, or an empty list.
      const bool is_empty =
          entry.second.IsNull() || (entry.second.IsSequence() && entry.second.size() == 0);
      if (!is_empty)
        for (auto& word : words_of(section, field.name, where + "." + field.name, problems_))
          field.tags.push_back(std::move(word.text));
      test.fields.push_back(std::move(field));
    }
  }

  void read_expected(const YAML::Node& node, const std::string& where, const YAML::Mark& mark,
                     PolicyTest& test) {
    if (node.IsDefined() && node.IsScalar() && node.Scalar() == "withheld") {
      test.withheld = true;
      return;
    }
    if (!node.IsDefined() || !node.IsMap() || node.size() == 0) {
      problems_.add(mark, fmt::format("{} must be withheld, or an action for each field", where));
      return;
    }
    for (const auto& entry : node) {
      const auto name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      const auto action =
          entry.second.IsScalar() ? action_named(entry.second.Scalar()) : std::optional<Action>();
      if (!action || *action == Action::withhold) {
        problems_.add(
            entry.first.Mark(),
            fmt::format("{}.{} must be an action: pass, generalize, mask, tokenize, hmac, "
                        "nullify or drop",
                        where, name));
        continue;
      }
      expect(name, *action, entry.first.Mark(), where, test);
    }
  }

  void expect(const std::string& name, Action action, const YAML::Mark& mark,
              const std::string& where, PolicyTest& test) {
    for (auto& field : test.fields) {
      if (field.name != name) continue;
      field.action = action;
      field.place = place_of(mark);
      return;
    }
    problems_.add(mark, fmt::format("{}: the event has no field {}", where, name));
  }

  void check_reason(const std::string& reason, const YAML::Mark& mark) {
    for (const auto& rule : definition_.rules)
      if (rule.name == reason) return;
    for (std::size_t cause = 1; cause < cause_count; ++cause)
      if (to_string(static_cast<Cause>(cause)) == reason) return;
    problems_.add(mark, fmt::format("there is no rule or cause {}", reason));
  }

  Definition& definition_;
  yaml::Problems& problems_;
};

}  // namespace

void read_tests(const YAML::Node& list, Definition& definition, yaml::Problems& problems) {
  if (!list.IsSequence()) {
    problems.add(list.Mark(), "tests must be a list of tests");
    return;
  }
  TestReader reader(definition, problems);
  std::size_t number = 0;
  for (const auto& node : list) reader.read(node, fmt::format("tests[{}]", number++));
}

}  // namespace wakestream::policy
