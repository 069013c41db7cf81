// Recipes and one event, for the tests of this folder.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "emitters/http/recipe_reader.h"
#include "emitters/http/request.h"

namespace wakestream::emitters {

inline std::string text_of(const std::vector<yaml::Problem>& problems) {
  std::string text;
  for (const auto& one : problems)
    text += fmt::format("{}:{}:{}: {}\n", one.file, one.line, one.column, one.message);
  return text;
}

inline Recipe recipe_of(const std::string& text) {
  auto recipe = parse_recipe(text, "esp.yaml");
  if (!recipe) ADD_FAILURE() << text_of(recipe.error());
  return recipe ? std::move(*recipe) : Recipe{};
}

inline constexpr Attempt attempt{
    .ticket = 7,
    .webhook_id = "00000001-0000000001A2B3C4-0-000000000001-0002",
    .type = "customer.email_changed",
    .source = "wakestream/demo",
    .subject = "4711",
    .time = "2026-01-02T03:04:05Z",
    .sequence = "00000001-0000000001A2B3C4-0-000000000001-0002",
    .data =
        R"({"account_id":"4711","version":3,"balance":12345678901234567890.10,"email":"a+b@example.com","quote":"\"}, \"admin\": true, {\"","consent":{"email":true},"gone":null,"list":[1,"two"]})"};

inline constexpr std::chrono::sys_seconds some_time{std::chrono::seconds{1'767'323'045}};

inline Request request_of(const Recipe& recipe, Shown shown = Shown::real) {
  auto request = make_request(recipe, attempt, {some_time, "the-token", shown});
  if (!request) ADD_FAILURE() << request.error();
  return request ? std::move(*request) : Request{};
}

inline std::string header(const Request& request, std::string_view name) {
  std::string found;
  for (const auto& [one, value] : request.headers)
    if (one == name) found += (found.empty() ? "" : " and ") + value;
  return found;
}

}  // namespace wakestream::emitters
