// An event as `tail` or `preview` prints it: one line of JSON.
#pragma once

#include <optional>
#include <string>

namespace wakestream::app {

struct EventLine {
  std::string type;
  std::string data;  // its payload, a JSON object
  // Empty where the line does not have it.
  std::string id = {};
  std::string source = {};
  std::string subject = {};
  std::string time = {};
  std::string sequence = {};
};

// The first line of a file, or of stdin for "-". Nothing when it is no such event.
std::optional<EventLine> read_event_line(const std::string& path);

}  // namespace wakestream::app
