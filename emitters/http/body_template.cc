#include "emitters/http/body_template.h"

#include <fmt/format.h>

#include "emitters/event_json.h"
#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

constexpr int depth_max = 32;

class JsonReader {
 public:
  JsonReader(yaml::YamlSection& section, yaml::Problems& problems)
      : section_(section), problems_(problems) {}

  // Nests no deeper than `depth_max`.
  JsonTemplate read(const YAML::Node& node, const std::string& where, int depth) {
    if (depth > depth_max) {
      problems_.add(node.Mark(),
                    fmt::format("{} is nested more than {} levels deep", where, depth_max));
      return {};
    }
    if (node.IsMap()) return read_object(node, where, depth);
    if (node.IsSequence()) {
      JsonTemplate made{.kind = JsonTemplate::Kind::list};
      for (const auto& entry : node) made.entries.push_back(read(entry, where, depth + 1));
      return made;
    }
    if (node.IsNull()) return {};
    return read_scalar(node, where);
  }

 private:
  JsonTemplate read_object(const YAML::Node& node, const std::string& where, int depth) {
    JsonTemplate made{.kind = JsonTemplate::Kind::object};
    const yaml::YamlSection names(node, where, problems_);  // reports what is there twice
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      std::string name;
      mapping::append_json_string(entry.first.Scalar(), name);
      made.members.emplace_back(std::move(name),
                                read(entry.second, where + "." + entry.first.Scalar(), depth + 1));
    }
    return made;
  }

  // What is plain in YAML is what it looks like; what stands in quotes is a text.
  JsonTemplate read_scalar(const YAML::Node& node, const std::string& where) {
    const auto& word = node.Scalar();
    const bool plain = node.Tag() != "!";
    const bool number = word.find_first_of("0123456789") == (word.starts_with('-') ? 1U : 0U);
    if (plain && (word == "true" || word == "false" || (number && mapping::is_json(word))))
      return {.literal = word};
    return {.kind = JsonTemplate::Kind::text,
            .text = TextTemplate::read(node, where, section_, problems_)};
  }

  yaml::YamlSection& section_;
  yaml::Problems& problems_;
};

// False: the event does not have it.
bool append_json(const JsonTemplate& node, const Attempt& attempt, Shown shown, std::string& out) {
  const auto before = out.size();
  switch (node.kind) {
    case JsonTemplate::Kind::literal:
      out += node.literal;
      return true;
    case JsonTemplate::Kind::text: {
      if (const auto* field = node.text.only_field()) {
        const auto value = field->json(attempt);
        if (value) out += *value;
        return value.has_value();
      }
      const auto text = node.text.render(attempt, Spelling::as_it_is, shown);
      if (text) mapping::append_json_string(*text, out);
      return text.has_value();
    }
    case JsonTemplate::Kind::object:
      out += '{';
      for (const auto& [name, member] : node.members) {
        const auto start = out.size();
        if (start > before + 1) out += ',';
        out.append(name).append(":");
        if (!append_json(member, attempt, shown, out)) out.resize(start);
      }
      out += '}';
      return true;
    case JsonTemplate::Kind::list:
      out += '[';
      for (const auto& entry : node.entries) {
        const auto start = out.size();
        if (start > before + 1) out += ',';
        if (!append_json(entry, attempt, shown, out)) out.resize(start);
      }
      out += ']';
      return true;
  }
  return false;
}

}  // namespace

BodyTemplate read_body(const YAML::Node& node, yaml::YamlSection& section,
                       yaml::Problems& problems) {
  const auto wrong = [&] {
    problems.add(node.Mark(), "request.body must be event, data, none, {json: ...} or {form: ...}");
    return BodyTemplate{};
  };
  if (node.IsScalar()) {
    if (node.Scalar() == "event") return {.kind = BodyTemplate::Kind::event};
    if (node.Scalar() == "data") return {.kind = BodyTemplate::Kind::data};
    if (node.Scalar() == "none") return {.kind = BodyTemplate::Kind::none};
    return wrong();
  }
  if (!node.IsMap() || node.size() != 1) return wrong();
  yaml::YamlSection body(node, "request.body", problems);
  BodyTemplate made;
  const auto json = body.node("json");
  const auto form = body.node("form");
  if (json.IsDefined()) {
    made.kind = BodyTemplate::Kind::json;
    made.json = JsonReader(section, problems).read(json, "request.body.json", 0);
  } else if (form.IsDefined()) {
    made.kind = BodyTemplate::Kind::form;
    const yaml::YamlSection names(form, "request.body.form", problems);
    for (const auto& entry : form.IsMap() ? form : YAML::Node(YAML::NodeType::Map))
      if (entry.first.IsScalar())
        made.form.emplace_back(
            entry.first.Scalar(),
            TextTemplate::read(entry.second, "request.body.form." + entry.first.Scalar(), section,
                               problems));
  }
  body.finish();
  return made;
}

std::string render(const BodyTemplate& body, const Attempt& attempt, Shown shown) {
  std::string out;
  switch (body.kind) {
    case BodyTemplate::Kind::none:
      break;
    case BodyTemplate::Kind::event:
      append_event_json(attempt, WithId::no, out);
      break;
    case BodyTemplate::Kind::data:
      return std::string(attempt.data);
    case BodyTemplate::Kind::json:
      append_json(body.json, attempt, shown, out);
      break;
    case BodyTemplate::Kind::form:
      for (const auto& [name, text] : body.form) {
        const auto value = text.render(attempt, Spelling::as_it_is, Shown::real);
        if (!value) continue;
        if (!out.empty()) out += '&';
        out += percent_encoded(name) + "=";
        // A secret is encoded as the rest, and so is put in before; a person sees its mask.
        out += shown == Shown::real ? percent_encoded(*value)
                                    : text.render(attempt, Spelling::percent, shown).value_or("");
      }
      break;
  }
  return out;
}

std::string_view content_type(const BodyTemplate& body) {
  if (body.kind == BodyTemplate::Kind::none) return {};
  return body.kind == BodyTemplate::Kind::form ? "application/x-www-form-urlencoded"
                                               : "application/json";
}

}  // namespace wakestream::emitters
