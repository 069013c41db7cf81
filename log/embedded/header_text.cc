#include "log/embedded/header_text.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>

#include "log/embedded/text_bytes.h"
#include "log/record.h"

namespace wakestream::log::embedded {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

constexpr auto needs_escape = [] {
  std::array<bool, 256> needed{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) needed[byte] = true;
  needed['"'] = true;
  needed['\\'] = true;
  return needed;
}();

// By hand, because almost no header needs an escape and this runs a dozen times a record.
void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t plain_from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (!needs_escape[byte]) continue;
    out.append(text, plain_from, at - plain_from);
    plain_from = at + 1;
    if (byte >= 0x20) {
      out.push_back('\\');
      out.push_back(text[at]);
    } else {
      out.append("\\u00");
      out.push_back(hex_digits[byte >> 4]);
      out.push_back(hex_digits[byte & 0xf]);
    }
  }
  out.append(text, plain_from, text.size() - plain_from);
  out.push_back('"');
}

void append_hex(std::string& out, std::string_view bytes) {
  out.append("{\"hex\":\"");
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    out.push_back(hex_digits[byte >> 4]);
    out.push_back(hex_digits[byte & 0xf]);
  }
  out.append("\"}");
}

bool from_hex(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  out.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto high = hex_digits.find(text[at]);
    const auto low = hex_digits.find(text[at + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

// Takes {"name":"value","name":{"hex":"00"}} and nothing else.
class HeaderHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, HeaderHandler> {
 public:
  explicit HeaderHandler(std::vector<std::pair<std::string, std::string>>& out) : out_(out) {}

  // Numbers, booleans, null and arrays.
  bool Default() { return false; }               // NOLINT(readability-identifier-naming)
  bool StartObject() { return ++depth_ <= 2; }   // NOLINT(readability-identifier-naming)
  bool EndObject(rapidjson::SizeType members) {  // NOLINT(readability-identifier-naming)
    return --depth_ == 0 || members == 1;
  }
  bool Key(const char* data, rapidjson::SizeType size,
           bool) {  // NOLINT(readability-identifier-naming)
    if (depth_ == 2) return std::string_view(data, size) == "hex";
    out_.emplace_back(std::string(data, size), std::string());
    return true;
  }
  bool String(const char* data, rapidjson::SizeType size,
              bool) {  // NOLINT(readability-identifier-naming)
    if (depth_ == 0) return false;
    if (depth_ == 2) return from_hex({data, size}, out_.back().second);
    out_.back().second.assign(data, size);
    return true;
  }

 private:
  std::vector<std::pair<std::string, std::string>>& out_;
  int depth_ = 0;
};

}  // namespace

bool write_header_text(std::string_view packed, std::string& out) {
  out.assign("{");
  HeaderReader headers(packed);
  std::string_view name;
  std::string_view value;
  while (headers.take(name, value)) {
    if (!is_text(name)) return false;
    if (out.size() > 1) out.push_back(',');
    append_string(out, name);
    out.push_back(':');
    if (is_text(value)) {
      append_string(out, value);
    } else {
      append_hex(out, value);
    }
  }
  out.push_back('}');
  return true;
}

bool read_header_text(std::string_view text,
                      std::vector<std::pair<std::string, std::string>>& out) {
  out.clear();
  // Checked in one go: RapidJSON's own validation, byte by byte, took a third of the time of
  // reading a record.
  if (!is_text(text)) return false;
  out.reserve(16);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  HeaderHandler handler(out);
  return !reader.Parse(stream, handler).IsError();
}

}  // namespace wakestream::log::embedded
