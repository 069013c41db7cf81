// What a recipe may name of an event: `id`, `type`, `source`, `subject`, `time`, `sequence`, and
// with `data.` before it, a field of the payload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emitters/emitter.h"
#include "emitters/http/json_path.h"

namespace wakestream::emitters {

class EventField {
 public:
  static constexpr std::string_view known = "id, type, source, subject, time, sequence, data.NAME";

  static std::optional<EventField> parse(std::string_view text);

  // As JSON; nothing when the event does not have it (policy may have taken it away).
  std::optional<std::string> json(const Attempt& attempt) const;
  // As text; nothing, too, when it is null, a list or an object.
  std::optional<std::string> text(const Attempt& attempt) const;

  const std::string& name() const { return name_; }

 private:
  enum class Part : std::uint8_t { id, type, source, subject, time, sequence, data };

  std::string_view attribute(const Attempt& attempt) const;

  std::string name_;
  Part part_ = Part::data;
  JsonPath path_;
};

}  // namespace wakestream::emitters
