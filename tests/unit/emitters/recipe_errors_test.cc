// Every error that a recipe can have: golden, in recipe_errors.golden, with file, line, column and
// what to do.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/golden_cases.h"
#include "tests/unit/emitters/recipe_fixture.h"

namespace wakestream::emitters {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view golden_file = "tests/unit/emitters/recipe_errors.golden";

std::string errors_of(const std::string& file) {
  setenv("WAKESTREAM_TEST_SECRET", "hunter2", 1);
  setenv("WAKESTREAM_TEST_LINES", "hunter2\nX-Admin: 1", 1);
  unsetenv("WAKESTREAM_TEST_UNSET");
  const auto recipe = parse_recipe(file, "esp.yaml");
  return recipe ? std::string() : text_of(recipe.error());
}

TEST(RecipeErrors, every_wrong_file_has_its_errors_with_place_and_advice) {
  ASSERT_GT(test::read_golden_cases(golden_file).size(), 40U);
  test::expect_golden(golden_file, errors_of);
}

TEST(RecipeErrors, no_secret_is_shown) {
  for (const auto& one : test::read_golden_cases(golden_file))
    EXPECT_THAT(errors_of(one.given), Not(HasSubstr("hunter2")));
}

TEST(RecipeErrors, a_file_that_is_not_there_is_named) {
  const auto recipe = load_recipe("no/such/esp.yaml");
  ASSERT_FALSE(recipe);
  EXPECT_EQ(text_of(recipe.error()),
            "no/such/esp.yaml:0:0: the recipe cannot be read: name its file\n");
}

TEST(RecipeErrors, a_file_grows_only_so_far) {
  EXPECT_EQ(errors_of(std::string(300'000, '#')),
            "esp.yaml:1:1: the recipe is larger than 262144 bytes\n");
  std::string many = "request: {url: https://a.b/}\nanswers:\n";
  for (int at = 0; at < 101; ++at) many += "  - {status: 200, means: park}\n";
  EXPECT_EQ(errors_of(many), "esp.yaml:3:3: answers has more than 100 rules\n");
  std::string headers = "request:\n  url: https://a.b/\n  headers:\n";
  for (int at = 0; at < 51; ++at) headers += fmt::format("    X-{}: a\n", at);
  EXPECT_EQ(errors_of(headers), "esp.yaml:4:5: request.headers has more than 50 entries\n");
  std::string deep = "request: {url: https://a.b/, body: {json: ";
  deep += std::string(40, '[') + std::string(40, ']') + "}}\n";
  EXPECT_THAT(errors_of(deep), HasSubstr("request.body.json is nested more than 32 levels deep"));
}

TEST(RecipeErrors, the_examples_have_none) {
  for (const auto* name : {"HOOK_SECRET", "LISTINGS_HOOK_SECRET"})
    setenv(name, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
  for (const auto* name : {"ESP_CLIENT_SECRET", "CRM_TOKEN", "LOYALTY_KEY", "SMS_TOKEN", "PUSH_KEY",
                           "AUDIENCES_CLIENT_SECRET", "CONTACT_CENTRE_TOKEN"})
    setenv(name, "hunter2", 1);
  for (const auto* name :
       {"ESP", "CRM", "LOYALTY", "SMS", "PUSH", "AUDIENCES", "CONTACT_CENTRE", "LISTINGS"})
    setenv(fmt::format("{}_URL", name).c_str(), "https://receiver.example", 1);
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(WAKESTREAM_SOURCE_DIR "/examples/recipes")) {
    const auto recipe = load_recipe(entry.path().string());
    EXPECT_TRUE(recipe) << text_of(recipe.error());
    ++count;
  }
  EXPECT_EQ(count, 9U);
}

}  // namespace
}  // namespace wakestream::emitters
