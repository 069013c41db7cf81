// Every error that a configuration can have: golden, in config_errors.golden, with file, line,
// column and what to do.
//
// WAKESTREAM_WRITE_GOLDEN=1 writes the errors into that file as they are now; read the difference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "app/config_loader.h"

namespace wakestream::app {
namespace {

// One case: a file, a line of equals signs, its errors, a line of hyphens.
constexpr std::string_view between_parts = "====\n";
constexpr std::string_view between_cases = "----\n";

struct Case {
  std::string file;
  std::string errors;
};

std::string golden_path() {
  return std::string(WAKESTREAM_SOURCE_DIR) + "/tests/unit/app/config_errors.golden";
}

std::vector<Case> read_cases() {
  std::ifstream stream(golden_path());
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::vector<Case> cases;
  for (std::size_t at = 0; at < text.size();) {
    const auto middle = text.find(between_parts, at);
    const auto end = text.find(between_cases, at);
    if (middle == std::string::npos || end == std::string::npos) break;
    const auto errors = middle + between_parts.size();
    cases.push_back({text.substr(at, middle - at), text.substr(errors, end - errors)});
    at = end + between_cases.size();
  }
  return cases;
}

std::string errors_of(const std::string& file) {
  const auto config = parse_config(file, "ws.yaml");
  std::string text;
  if (config) return text;
  for (const auto& problem : config.error()) text += to_string(problem) + "\n";
  return text;
}

class ConfigErrorsTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("EMPTY", "", 1);
    setenv("PASSWORD", "hunter2", 1);
    unsetenv("NOT_SET");
  }
};

TEST_F(ConfigErrorsTest, every_wrong_file_has_its_errors_with_place_and_advice) {
  const auto cases = read_cases();
  ASSERT_GT(cases.size(), 30U);
  const bool write = std::getenv("WAKESTREAM_WRITE_GOLDEN") != nullptr;
  std::string written;
  for (const auto& one : cases) {
    const auto errors = errors_of(one.file);
    if (!write) {
      EXPECT_EQ(errors, one.errors) << one.file;
    }
    written.append(one.file).append(between_parts).append(errors).append(between_cases);
  }
  if (write) std::ofstream(golden_path()) << written;
}

// "hunter2" stands in the cases where a secret may stand: none of it comes back.
TEST_F(ConfigErrorsTest, every_error_names_its_place_and_none_holds_a_secret) {
  for (const auto& one : read_cases()) {
    EXPECT_TRUE(one.errors.starts_with("ws.yaml:")) << one.file;
    EXPECT_EQ(one.errors.find("hunter2"), std::string::npos) << one.errors;
  }
}

}  // namespace
}  // namespace wakestream::app
