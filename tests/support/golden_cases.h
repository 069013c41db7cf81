// A file of golden cases: what is given, a line of equals signs, what comes of it, a line of
// hyphens; and so on.
//
// WAKESTREAM_WRITE_GOLDEN=1 writes what comes of each as it is now; read the difference.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace wakestream::test {

struct GoldenCase {
  std::string given;
  std::string expected;
};

namespace golden {
inline constexpr std::string_view between_parts = "====\n";
inline constexpr std::string_view between_cases = "----\n";
}  // namespace golden

// `file` from the top of the repository.
inline std::string golden_path(std::string_view file) {
  return std::string(WAKESTREAM_SOURCE_DIR) + "/" + std::string(file);
}

inline std::vector<GoldenCase> read_golden_cases(std::string_view file) {
  std::ifstream stream(golden_path(file));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::vector<GoldenCase> cases;
  for (std::size_t at = 0; at < text.size();) {
    const auto middle = text.find(golden::between_parts, at);
    const auto end = text.find(golden::between_cases, at);
    if (middle == std::string::npos || end == std::string::npos) break;
    const auto expected = middle + golden::between_parts.size();
    cases.push_back({text.substr(at, middle - at), text.substr(expected, end - expected)});
    at = end + golden::between_cases.size();
  }
  return cases;
}

// Each case gives what it should; or, when asked to, the file is written anew.
inline void expect_golden(std::string_view file,
                          const std::function<std::string(const std::string&)>& made_of) {
  const bool write = std::getenv("WAKESTREAM_WRITE_GOLDEN") != nullptr;
  std::string written;
  for (const auto& one : read_golden_cases(file)) {
    const auto made = made_of(one.given);
    if (!write) {
      EXPECT_EQ(made, one.expected) << one.given;
    }
    written.append(one.given).append(golden::between_parts);
    written.append(made).append(golden::between_cases);
  }
  if (write) std::ofstream(golden_path(file)) << written;
}

}  // namespace wakestream::test
