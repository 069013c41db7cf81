// Headers as they stand in a file: the text of a JSON object, names in order, a name that came
// twice twice. A value is a JSON string when it is text (text_bytes.h), else {"hex":"00ff"}.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wakestream::log::embedded {

// `packed` is what log::HeaderWriter made. `out` is overwritten; its capacity is kept.
// False when a header's name is not text: JSON has no form for it.
bool write_header_text(std::string_view packed, std::string& out);

// The inverse. False when `text` is nothing that write_header_text made.
bool read_header_text(std::string_view text, std::vector<std::pair<std::string, std::string>>& out);

}  // namespace wakestream::log::embedded
