#include "mapping/yaml_name.h"

namespace wakestream::mapping {

std::vector<std::string> name_parts(std::string_view text) {
  std::vector<std::string> parts{""};
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"' && quoted && text.substr(at + 1, 1) == "\"") {
      parts.back() += text[at++];
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (text[at] == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += text[at];
    }
  }
  return parts;
}

}  // namespace wakestream::mapping
