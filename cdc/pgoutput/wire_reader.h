// Reads the fields of one message, and cannot run over its end: each read names its field, and a
// field that is not there is an error that says which, how many bytes it wanted and how many were
// left.
//
// The first error sticks; what is read after it is zero or empty. So a decoder reads all its fields
// and asks once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wakestream::cdc {

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8(const char* field) { return static_cast<std::uint8_t>(number<1>(field)); }
  std::uint16_t u16(const char* field) { return static_cast<std::uint16_t>(number<2>(field)); }
  std::uint32_t u32(const char* field) { return static_cast<std::uint32_t>(number<4>(field)); }
  std::uint64_t u64(const char* field) { return number<8>(field); }
  // Exactly `size` bytes.
  std::string_view bytes(std::size_t size, const char* field);
  // Up to a zero byte, which is taken too.
  std::string_view text(const char* field);

  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  bool failed() const { return failed_; }
  const std::string& problem() const { return problem_; }
  void fail(const char* field, const std::string& what);

 private:
  // PostgreSQL sends numbers in network byte order.
  template <std::size_t byte_count>
  std::uint64_t number(const char* field) {
    if (rest_.size() < byte_count) {
      fail_short(field, byte_count);
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t at = 0; at < byte_count; ++at)
      value = value << 8U | static_cast<unsigned char>(rest_[at]);
    rest_.remove_prefix(byte_count);
    return value;
  }
  void fail_short(const char* field, std::size_t wanted);

  std::string_view rest_;
  bool failed_ = false;
  std::string problem_;
};

}  // namespace wakestream::cdc
