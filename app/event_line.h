// An event as `tail` or `preview` prints it: one line of JSON.
#pragma once

#include <optional>
#include <string>

#include "app/logging.h"
#include "emitters/emitter.h"

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

  // As it is; valid as long as this.
  emitters::Attempt attempt() const {
    return {.webhook_id = id,
            .type = type,
            .source = source,
            .subject = subject,
            .time = time,
            .sequence = sequence,
            .data = data};
  }
};

// The first line of a file, or of stdin for "-". Nothing when it is no such event, and that has
// been said.
std::optional<EventLine> read_event_line(const std::string& path, Logger& logger);

void say_no_event(const std::string& path, Logger& logger);

}  // namespace wakestream::app
