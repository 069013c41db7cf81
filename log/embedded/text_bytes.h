// Are these bytes text that any reader of a file can show: valid UTF-8 (The Unicode Standard, table
// 3-7) and no zero byte? Keys and values that are get SQLite's type TEXT, so that `WHERE key = 'a'`
// and json_extract work for people; the others are BLOBs. The answer depends on the bytes alone:
// equal keys are stored equally.
#pragma once

#include <string_view>

namespace wakestream::log::embedded {

bool is_text(std::string_view bytes);

}  // namespace wakestream::log::embedded
