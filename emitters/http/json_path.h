// The way to a value inside of JSON: `consent.email`, `errors.0.code`. A number is the index in a
// list, or a member of that name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::emitters {

class JsonPath {
 public:
  // Names joined by dots, none of them empty.
  static std::optional<JsonPath> parse(std::string_view text);

  // The value as it stands there, a view into `json`; nothing when there is none. What is not JSON
  // has none either.
  std::optional<std::string_view> find(std::string_view json) const;

  const std::string& text() const { return text_; }

 private:
  struct Step {
    std::string quoted;  // as JSON writes the name
    std::optional<std::int64_t> index;
  };

  std::string text_;
  std::vector<Step> steps_;
};

// The value of a JSON string without quotes and escapes; anything else as it stands there.
std::string plain_text(std::string_view json_value);

}  // namespace wakestream::emitters
