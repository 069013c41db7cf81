#include "emitters/http/text_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wakestream::emitters {

namespace {

constexpr std::string_view mask = "***";

bool is_reference(std::string_view name) {
  return name.starts_with("env:") || name.starts_with("file:");
}

}  // namespace

TextTemplate TextTemplate::read(const YAML::Node& scalar, const std::string& where,
                                yaml::YamlSection& section, yaml::Problems& problems) {
  TextTemplate made;
  if (!scalar.IsScalar()) {
    problems.add(scalar.Mark(), fmt::format("{} must be a text", where));
    return made;
  }
  const auto& raw = scalar.Scalar();
  for (std::size_t at = 0; at < raw.size();) {
    const auto begin = std::min(raw.find("${", at), raw.size());
    if (begin > at) made.parts_.push_back({.literal = raw.substr(at, begin - at)});
    if (begin == raw.size()) break;
    const auto end = raw.find('}', begin);
    if (end == std::string::npos) {
      problems.add(scalar.Mark(), fmt::format("{}: a ${{ has no }}", where));
      break;
    }
    at = end + 1;
    const auto name = raw.substr(begin + 2, end - begin - 2);
    if (is_reference(name)) {
      auto value = section.referred_to(name, scalar.Mark(), where);
      if (value)
        made.parts_.push_back(
            {.kind = Part::Kind::secret, .secret = keys::Secret(std::move(*value))});
    } else if (auto field = EventField::parse(name)) {
      made.parts_.push_back({.kind = Part::Kind::field, .field = std::move(*field)});
    } else {
      problems.add(
          scalar.Mark(),
          fmt::format(
              "{}: an event has no such field; ${{...}} holds env:NAME, file:PATH or one of {}",
              where, EventField::known));
    }
  }
  return made;
}

TextTemplate TextTemplate::literal(std::string text) {
  TextTemplate made;
  made.parts_.push_back({.literal = std::move(text)});
  return made;
}

tl::expected<std::string, std::string> TextTemplate::render(const Attempt& attempt,
                                                            Spelling spelling, Shown shown) const {
  std::string text;
  for (const auto& part : parts_) {
    if (part.kind == Part::Kind::literal) {
      text += part.literal;
    } else if (part.kind == Part::Kind::secret) {
      text += shown == Shown::masked ? mask : std::string_view(part.secret.reveal());
    } else if (const auto value = part.field.text(attempt)) {
      text += spelling == Spelling::percent ? percent_encoded(*value) : *value;
    } else {
      return tl::unexpected(part.field.name());
    }
  }
  return text;
}

const EventField* TextTemplate::only_field() const {
  return parts_.size() == 1 && parts_.front().kind == Part::Kind::field ? &parts_.front().field
                                                                        : nullptr;
}

bool TextTemplate::has_field() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const auto& part) { return part.kind == Part::Kind::field; });
}

std::string TextTemplate::fixed_start() const {
  std::string text;
  for (const auto& part : parts_) {
    if (part.kind == Part::Kind::field) break;
    text += part.kind == Part::Kind::secret ? part.secret.reveal() : part.literal;
  }
  return text;
}

keys::Secret read_secret(yaml::YamlSection& section, const std::string& key,
                         const std::string& where, yaml::Problems& problems) {
  if (!section.has(key)) return keys::Secret(section.text(key));  // says that it is missing
  const auto problems_before = problems.count();
  const auto node = section.node(key);
  const auto text = TextTemplate::read(node, where, section, problems);
  if (problems.count() != problems_before) return {};
  if (text.has_field())
    problems.add(node.Mark(),
                 fmt::format("{} is the same for every event: no field stands in it", where));
  else if (text.fixed_start().empty())
    problems.add(section.mark(key), fmt::format("{} is empty", where));
  return keys::Secret(text.fixed_start());
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const auto letter : text) {
    if (unreserved.find(letter) != std::string_view::npos)
      out += letter;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return out;
}

}  // namespace wakestream::emitters
