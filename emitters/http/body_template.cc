#include "emitters/http/body_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "emitters/event_json.h"
#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

constexpr int depth_max = 32;

constexpr std::string_view items_word = "${items}";

class JsonReader {
 public:
  enum class Of : std::uint8_t { event, batch };
  JsonReader(Of of, yaml::YamlSection& section, yaml::Problems& problems)
      : of_(of), section_(section), problems_(problems) {}

  int items_count() const { return items_count_; }

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
    if (of_ == Of::batch && word == items_word) {
      ++items_count_;
      return {.kind = JsonTemplate::Kind::items};
    }
    JsonTemplate made{.kind = JsonTemplate::Kind::text,
                      .text = TextTemplate::read(node, where, section_, problems_)};
    if (of_ == Of::batch && names_one_event(made.text))
      problems_.add(node.Mark(),
                    fmt::format("{} is of many events: of fields it has ${{id}}, the batch's own, "
                                "and {} as a whole value",
                                where, items_word));
    return made;
  }

  Of of_;
  int items_count_ = 0;
  yaml::YamlSection& section_;
  yaml::Problems& problems_;
};

// False: the event does not have it.
bool append_json(const JsonTemplate& node, const Attempt& attempt, Shown shown, std::string& out,
                 std::string_view items = {}) {
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
        if (!append_json(member, attempt, shown, out, items)) out.resize(start);
      }
      out += '}';
      return true;
    case JsonTemplate::Kind::list:
      out += '[';
      for (const auto& entry : node.entries) {
        const auto start = out.size();
        if (start > before + 1) out += ',';
        if (!append_json(entry, attempt, shown, out, items)) out.resize(start);
      }
      out += ']';
      return true;
    case JsonTemplate::Kind::items:
      out += items;
      return true;
  }
  return false;
}

// That field, or what it is a part of.
bool tells(const TextTemplate& text, std::string_view name) {
  return std::any_of(text.parts().begin(), text.parts().end(), [&](const auto& part) {
    const std::string_view held = part.field.name();
    return part.kind == TextTemplate::Part::Kind::field && name.starts_with(held) &&
           (name.size() == held.size() || name[held.size()] == '.');
  });
}

bool tells(const JsonTemplate& node, std::string_view name) {
  return tells(node.text, name) ||
         std::any_of(node.members.begin(), node.members.end(),
                     [&](const auto& member) { return tells(member.second, name); }) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& entry) { return tells(entry, name); });
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
    made.json =
        JsonReader(JsonReader::Of::event, section, problems).read(json, "request.body.json", 0);
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

JsonTemplate read_envelope(const YAML::Node& node, const std::string& where,
                           yaml::YamlSection& section, yaml::Problems& problems) {
  JsonReader reader(JsonReader::Of::batch, section, problems);
  const auto before = problems.count();
  auto made = reader.read(node, where, 0);
  if (reader.items_count() != 1 && problems.count() == before)
    problems.add(node.Mark(), fmt::format("{} must have {} once, as a whole value: there the items "
                                          "of a batch stand",
                                          where, items_word));
  return made;
}

bool names_one_event(const TextTemplate& text) {
  return std::any_of(text.parts().begin(), text.parts().end(), [](const auto& part) {
    return part.kind == TextTemplate::Part::Kind::field && part.field.name() != "id";
  });
}

bool item_holds(const BodyTemplate& body, const EventField& field) {
  const std::string_view name = field.name();
  switch (body.kind) {
    case BodyTemplate::Kind::event:
      return name != "source";
    case BodyTemplate::Kind::data:
      return name.starts_with("data.");
    case BodyTemplate::Kind::json:
      return tells(body.json, name);
    case BodyTemplate::Kind::form:
    case BodyTemplate::Kind::none:
      break;
  }
  return false;
}

std::string render_item(const BodyTemplate& body, const Attempt& attempt, Shown shown) {
  if (body.kind != BodyTemplate::Kind::event) return render(body, attempt, shown);
  std::string out;
  append_event_json(attempt, WithId::yes, out);
  return out;
}

std::string render_envelope(const JsonTemplate& envelope, const Attempt& batch,
                            std::string_view items, Shown shown) {
  std::string out;
  append_json(envelope, batch, shown, out, items);
  return out;
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
