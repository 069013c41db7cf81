#include "mapping/error.h"

#include <fmt/format.h>

namespace wakestream::mapping {

std::string to_string(const Error& error) {
  std::string text;
  if (!error.file.empty()) {
    text += error.file;
    if (error.line > 0) text += fmt::format(":{}:{}", error.line, error.column);
    text += ": ";
  }
  if (!error.rule.empty()) text += fmt::format("rule {}: ", error.rule);
  return text + error.message;
}

}  // namespace wakestream::mapping
