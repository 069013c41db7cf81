#include "cdc/pgoutput/wire_reader.h"

#include <fmt/format.h>

namespace wakestream::cdc {

void WireReader::fail(const char* field, const std::string& what) {
  rest_ = {};
  if (failed_) return;
  failed_ = true;
  problem_ = fmt::format("{}: {}", field, what);
}

void WireReader::fail_short(const char* field, std::size_t wanted) {
  fail(field, fmt::format("wanted {} bytes, {} left", wanted, rest_.size()));
}

std::string_view WireReader::bytes(std::size_t size, const char* field) {
  if (rest_.size() < size) {
    fail_short(field, size);
    return {};
  }
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view WireReader::text(const char* field) {
  const auto end = rest_.find('\0');
  if (end == std::string_view::npos) {
    fail(field, fmt::format("no end of the string in {} bytes", rest_.size()));
    return {};
  }
  const auto taken = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return taken;
}

}  // namespace wakestream::cdc
