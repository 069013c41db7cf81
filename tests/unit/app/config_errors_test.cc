// Every error that a configuration can have: golden, in config_errors.golden, with file, line,
// column and what to do.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "app/config_loader.h"
#include "tests/support/golden_cases.h"

namespace wakestream::app {
namespace {

constexpr std::string_view golden_file = "tests/unit/app/config_errors.golden";

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
  ASSERT_GT(test::read_golden_cases(golden_file).size(), 30U);
  test::expect_golden(golden_file, errors_of);
}

// "hunter2" stands in the cases where a secret may stand: none of it comes back.
TEST_F(ConfigErrorsTest, every_error_names_its_place_and_none_holds_a_secret) {
  for (const auto& one : test::read_golden_cases(golden_file)) {
    EXPECT_TRUE(one.expected.starts_with("ws.yaml:")) << one.given;
    EXPECT_EQ(one.expected.find("hunter2"), std::string::npos) << one.expected;
  }
}

}  // namespace
}  // namespace wakestream::app
