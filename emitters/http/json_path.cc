#include "emitters/http/json_path.h"

#include <charconv>
#include <cstdint>

#include "mapping/json_text.h"

namespace wakestream::emitters {

std::optional<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  path.text_ = text;
  while (true) {
    const auto dot = text.find('.');
    const auto name = text.substr(0, dot);
    if (name.empty()) return std::nullopt;
    Step step;
    mapping::append_json_string(name, step.quoted);
    std::int64_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error == std::errc{} && end == name.data() + name.size() && index >= 0) step.index = index;
    path.steps_.push_back(std::move(step));
    if (dot == std::string_view::npos) return path;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::string_view> JsonPath::find(std::string_view json) const {
  for (const auto& step : steps_) {
    const auto start = json.find_first_not_of(" \t\r\n");
    const bool is_list = start != std::string_view::npos && json[start] == '[';
    if (is_list && !step.index) return std::nullopt;
    const auto found =
        is_list ? mapping::json_item(json, *step.index) : mapping::json_member(json, step.quoted);
    if (found.outcome != mapping::JsonFound::Outcome::found) return std::nullopt;
    json = found.value;
  }
  return json;
}

std::string plain_text(std::string_view json_value) {
  std::string text;
  if (!json_value.starts_with('"')) return std::string(json_value);
  if (!mapping::append_unquoted(json_value, text)) return {};
  return text;
}

}  // namespace wakestream::emitters
