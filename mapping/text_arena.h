// Texts that an evaluation makes: they live until the arena is emptied. Its first block is part of
// it, so that the usual row allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string_view>

namespace wakestream::mapping {

class TextArena {
 public:
  char* allocate(std::size_t size) {
    used_ = true;
    return static_cast<char*>(resource_.allocate(size == 0 ? 1 : size, 1));
  }

  std::string_view keep(std::string_view text) {
    auto* copy = allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  std::string_view join(std::string_view left, std::string_view right) {
    auto* copy = allocate(left.size() + right.size());
    std::memcpy(copy, left.data(), left.size());
    std::memcpy(copy + left.size(), right.data(), right.size());
    return {copy, left.size() + right.size()};
  }

  void empty() {
    if (used_) resource_.release();
    used_ = false;
  }

 private:
  std::array<std::byte, 4096> block_;
  std::pmr::monotonic_buffer_resource resource_{block_.data(), block_.size()};
  bool used_ = false;
};

}  // namespace wakestream::mapping
