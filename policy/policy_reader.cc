#include "policy/policy_reader.h"

#include <fmt/format.h>

#include "policy/rule_reader.h"
#include "policy/test_reader.h"
#include "policy/word_list.h"

namespace wakestream::policy {

namespace {

// So that no list of names outgrows a NameId.
constexpr std::size_t bytes_max = 256U << 10U;

class PolicyReader {
 public:
  PolicyReader(Definition& definition, yaml::Problems& problems)
      : definition_(definition), problems_(problems) {}

  void read(const YAML::Node& root) {
    yaml::YamlSection section(root, "", problems_);
    if (!root.IsMap()) return;
    // What is declared stands before what refers to it, in whatever order the file has them.
    read_categories(section);
    each(section, "jurisdictions",
         [&](auto& one, const auto& key) { read_jurisdiction(one, key); });
    each(section, "fields", [&](auto& one, const auto& key) { read_field(one, key); });
    each(section, "keys", [&](auto& one, const auto& key) { read_key(one, key); });
    read_consent_words(section.node("consent"));
    each(section, "purposes", [&](auto& one, const auto& key) { read_purpose(one, key); });
    for (const auto& word : words_of(section, "agreements", "agreements", problems_))
      definition_.agreements.add(word.text);
    each(section, "consumers", [&](auto& one, const auto& key) { read_consumer(one, key); });
    each(section, "banners", [&](auto&, const auto& key) { definition_.banners.add(key); });
    for (const auto* needed : {"purposes", "consumers", "banners", "rules"})
      if (!section.has(needed))
        problems_.add(root.Mark(),
                      fmt::format("{} is missing: without it nothing is shown to anybody", needed));
    RuleReader rules(definition_, problems_);
    const auto list = section.node("rules");
    if (list.IsDefined()) rules.read_rules(list, "rules");
    each(section, "banners", [&](auto& one, const auto& key) { read_overlay(one, key, rules); });
    const auto claims = section.node("claims");
    if (claims.IsDefined()) rules.read_claims(claims);
    const auto tests = section.node("tests");
    if (tests.IsDefined()) read_tests(tests, definition_, problems_);
    section.finish();
  }

 private:
  // Calls `take` with the mapping and each of its keys.
  template <class Take>
  void each(yaml::YamlSection& section, const std::string& name, Take&& take) {
    const auto node = section.node(name);
    if (!node.IsDefined()) return;
    yaml::YamlSection entries(node, name, problems_);
    if (!node.IsMap()) return;
    if (node.size() > entries_max) {
      problems_.add(node.Mark(), fmt::format("{} has more than {} entries", name, entries_max));
      return;
    }
    for (const auto& entry : node)
      if (entry.first.IsScalar()) take(entries, entry.first.Scalar());
  }

  void read_categories(yaml::YamlSection& section) {
    for (const auto& word : words_of(section, "categories", "categories", problems_)) {
      if (definition_.categories.size() > categories_max) {
        problems_.add(word.mark, fmt::format("there are more than {} categories", categories_max));
        return;
      }
      if (auto problem = definition_.categories.add(word.text))
        problems_.add(word.mark, std::move(*problem));
    }
  }

  void read_jurisdiction(yaml::YamlSection& entries, const std::string& code) {
    for (const auto& word : words_of(entries, code, "jurisdictions." + code, problems_))
      definition_.jurisdictions.add(code, word.text);
  }

  void read_field(yaml::YamlSection& entries, const std::string& name) {
    const auto& categories = definition_.categories;
    const auto words = words_of(entries, name, "fields." + name, problems_);
    if (words.size() > 1)
      problems_.add(words[1].mark, fmt::format("fields.{} has one category", name));
    const auto mark = entries.mark(name);
    definition_.field_places[name] = {mark.line + 1, mark.column + 1};
    for (const auto id : look_up(
             words, "category", [&](auto word) { return categories.find(word); },
             categories.names(), problems_))
      definition_.fields[name] = id;
  }

  // The key itself never stands in the policy, which goes on record.
  void read_key(yaml::YamlSection& entries, const std::string& name) {
    const auto reference = entries.text(name);
    const bool is_reference =
        (reference.starts_with("${env:") || reference.starts_with("${file:")) &&
        reference.find('}') == reference.size() - 1;
    if (!is_reference)
      problems_.add(
          entries.mark(name),
          fmt::format("keys.{} must be a reference, ${{env:NAME}} or ${{file:PATH}}: a key "
                      "does not stand in a policy",
                      name));
    if (definition_.keys.add(name) == definition_.key_references.size())
      definition_.key_references.push_back(reference);
  }

  void read_consent_words(const YAML::Node& node) {
    if (!node.IsDefined()) return;
    yaml::YamlSection section(node, "consent", problems_);
    if (!node.IsMap()) return;
    const auto read = [&](const std::string& key, std::vector<std::string>& words) {
      if (section.has(key)) words.clear();
      for (auto& word : words_of(section, key, "consent." + key, problems_))
        words.push_back(std::move(word.text));
    };
    read("granted", definition_.consent_words.granted);
    read("not_asked", definition_.consent_words.not_asked);
    read("denied", definition_.consent_words.denied);
    section.finish();
  }

  void read_purpose(yaml::YamlSection& entries, const std::string& name) {
    const auto node = entries.node(name);
    yaml::YamlSection section(node, "purposes." + name, problems_);
    Purpose purpose;
    if (!section.has("consent") && node.IsMap())
      problems_.add(
          node.Mark(),
          fmt::format("purposes.{}.consent is missing: the keys of the consent that it asks "
                      "for, or not_needed",
                      name));
    for (const auto& word :
         words_of(section, "consent", "purposes." + name + ".consent", problems_)) {
      if (word.text == "not_needed") continue;
      if (definition_.consent_keys.size() == consent_keys_max &&
          !definition_.consent_keys.find(word.text)) {
        problems_.add(word.mark,
                      fmt::format("there are more than {} keys of consent", consent_keys_max));
        break;
      }
      purpose.consent_keys.push_back(definition_.consent_keys.add(word.text));
    }
    section.finish();
    if (definition_.purpose_names.add(name) == definition_.purposes.size())
      definition_.purposes.push_back(std::move(purpose));
  }

  void read_consumer(yaml::YamlSection& entries, const std::string& name) {
    const auto node = entries.node(name);
    const auto where = "consumers." + name;
    yaml::YamlSection section(node, where, problems_);
    Consumer consumer;
    if (node.IsMap()) {
      const auto purposes = look_up(words_of(section, "purpose", where + ".purpose", problems_),
                                    "purpose", definition_.purpose_names, problems_);
      if (purposes.size() != 1 && problems_.none())
        problems_.add(section.mark("purpose"),
                      fmt::format("{}.purpose must be one purpose", where));
      if (!purposes.empty()) consumer.purpose = purposes.front();
      consumer.agreements =
          look_up(words_of(section, "agreements", where + ".agreements", problems_), "agreement",
                  definition_.agreements, problems_);
      const auto& categories = definition_.categories;
      consumer.categories = look_up(
          words_of(section, "categories", where + ".categories", problems_), "category",
          [&](auto word) { return categories.find(word); }, categories.names(), problems_);
    }
    section.finish();
    if (definition_.consumer_names.add(name) == definition_.consumers.size())
      definition_.consumers.push_back(std::move(consumer));
  }

  void read_overlay(yaml::YamlSection& entries, const std::string& name, RuleReader& rules) {
    const auto where = "banners." + name;
    yaml::YamlSection section(entries.node(name), where, problems_);
    const auto list = section.node("rules");
    if (list.IsDefined()) rules.read_rules(list, where + ".rules", definition_.banners.find(name));
    section.finish();
  }

  // What a policy may grow to: tables are made of these.
  static constexpr std::size_t categories_max = 1'000;
  static constexpr std::size_t entries_max = 1'000;

  Definition& definition_;
  yaml::Problems& problems_;
};

}  // namespace

Definition read_policy(std::string_view text, yaml::Problems& problems) {
  Definition definition;
  if (text.size() > bytes_max) {
    problems.add_at(1, 1, fmt::format("the policy is larger than {} bytes", bytes_max));
    return definition;
  }
  // yaml-cpp reports syntax errors by exceptions; they end here.
  try {
    PolicyReader(definition, problems).read(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    problems.add_syntax_error(error);
  }
  return definition;
}

}  // namespace wakestream::policy
