#include "log/reader_positions.h"

#include <algorithm>
#include <functional>

namespace wakestream::log {

bool has_passed(Reader& reader, const std::vector<std::int64_t>& ends) {
  if (const auto* positioned = dynamic_cast<const PositionedReader*>(&reader))
    return std::ranges::equal(positioned->positions(), ends, std::ranges::greater_equal{});
  return reader.at_end();
}

}  // namespace wakestream::log
