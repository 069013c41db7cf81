#include "emitters/event_json.h"

#include <string_view>

#include "mapping/json_text.h"

namespace wakestream::emitters {

void append_event_json(const Attempt& attempt, WithId with_id, std::string& out) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append("\"").append(name).append("\":");
    mapping::append_json_string(value, out);
    out += ',';
  };
  out += '{';
  if (with_id == WithId::yes) add("id", attempt.webhook_id);
  add("type", attempt.type);
  add("timestamp", attempt.time);
  add("subject", attempt.subject);
  add("sequence", attempt.sequence);
  out.append("\"data\":").append(attempt.data).append("}");
}

}  // namespace wakestream::emitters
