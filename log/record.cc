#include "log/record.h"

#include <cstring>

namespace wakestream::log {

namespace {

template <class Length>
void append_length(std::string& out, std::size_t size) {
  const auto length = static_cast<Length>(size);
  char bytes[sizeof(Length)];
  std::memcpy(bytes, &length, sizeof(Length));
  out.append(bytes, sizeof(Length));
}

template <class Length>
std::string_view take_part(std::string_view& rest) {
  Length length = 0;
  std::memcpy(&length, rest.data(), sizeof(Length));
  const auto part = rest.substr(sizeof(Length), length);
  rest.remove_prefix(sizeof(Length) + length);
  return part;
}

}  // namespace

std::string_view header_of(const StoredRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.headers)
    if (key == name) return value;
  return {};
}

void HeaderWriter::add(std::string_view name, std::string_view value) {
  append_length<std::uint16_t>(out_, name.size());
  out_.append(name);
  append_length<std::uint32_t>(out_, value.size());
  out_.append(value);
}

bool HeaderReader::take(std::string_view& name, std::string_view& value) {
  if (rest_.empty()) return false;
  name = take_part<std::uint16_t>(rest_);
  value = take_part<std::uint32_t>(rest_);
  return true;
}

}  // namespace wakestream::log
