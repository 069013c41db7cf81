// A YAML scalar with the place in the file of each of its bytes, however it is written: plain, in
// quotes, or as a block.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string_view>

#include "mapping/place.h"
#include "mapping/sql_draft.h"

namespace wakestream::mapping {

// The text of a YAML file, for places.
class YamlText {
 public:
  explicit YamlText(std::string_view text) : text_(text), lines_(text) {}

  Place place(const YAML::Mark& mark) const;
  PlacedText scalar(const YAML::Node& node) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  LineIndex lines_;
};

}  // namespace wakestream::mapping
