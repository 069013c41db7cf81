#include "app/output.h"

#include <unistd.h>

#include <cerrno>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace wakestream::app {

namespace {
constexpr std::size_t flush_bytes = 64U << 10U;
}

void Output::end_line() {
  buffer_ += '\n';
  if (buffer_.size() >= flush_bytes) flush();
}

void Output::flush() {
  std::size_t written = 0;
  while (!discard_ && !closed_ && written < buffer_.size()) {
    const auto count = write(STDOUT_FILENO, buffer_.data() + written, buffer_.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) closed_ = true;
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  buffer_.clear();
}

void append_json_string(std::string& out, std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  out.append(buffer.GetString(), buffer.GetSize());
}

}  // namespace wakestream::app
