#include "app/event_line.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <string_view>

#include "mapping/json_text.h"

namespace wakestream::app {

namespace {

std::string first_line(const std::string& path) {
  std::string line;
  if (path == "-") {
    std::getline(std::cin, line);
  } else {
    std::ifstream file(path);
    std::getline(file, line);
  }
  return line;
}

// Empty: there is none.
std::string_view member(std::string_view json, const std::string& name) {
  const auto found = mapping::json_member(json, "\"" + name + "\"");
  return found.outcome == mapping::JsonFound::Outcome::found ? found.value : std::string_view();
}

std::string text_of(std::string_view quoted) {
  std::string text;
  const bool whole = quoted.starts_with('"') && mapping::append_unquoted(quoted, text);
  return whole ? text : std::string();
}

// Nothing when it is no event.
std::optional<EventLine> line_event_of(std::string_view line) {
  if (!mapping::is_json(line)) return std::nullopt;
  const auto headers = member(line, "headers");
  const bool is_record = !headers.empty();
  const auto attribute = [&](const std::string& name) {
    return text_of(is_record ? member(headers, "ce_" + name) : member(line, name));
  };
  EventLine event{.type = attribute("type"),
                  .data = std::string(member(line, is_record ? "value" : "data")),
                  .id = attribute("id"),
                  .source = attribute("source"),
                  .subject = attribute("subject"),
                  .time = attribute("time"),
                  .sequence = attribute("sequence")};
  if (event.type.empty() || !event.data.starts_with('{')) return std::nullopt;
  return event;
}

}  // namespace

std::optional<EventLine> read_event_line(const std::string& path, Logger& logger) {
  auto event = line_event_of(first_line(path));
  if (!event) say_no_event(path, logger);
  return event;
}

void say_no_event(const std::string& path, Logger& logger) {
  logger.error("event_unreadable",
               fmt::format("{}: the first line is no event as tail or preview prints it", path));
}

}  // namespace wakestream::app
