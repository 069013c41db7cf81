// A recipe's file -> a recipe. docs/consumers.md says what the file may hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "emitters/http/recipe.h"
#include "yaml/problem.h"
#include "yaml/section.h"

namespace wakestream::emitters {

// Every problem with its place. Secrets are read here, once: no problem shows one.
tl::expected<Recipe, std::vector<yaml::Problem>> parse_recipe(std::string_view text,
                                                              const std::string& file);
tl::expected<Recipe, std::vector<yaml::Problem>> load_recipe(const std::string& path);

// Parts of it, each in a source of its own.
Auth read_auth(const YAML::Node& node, bool plain_http, yaml::Problems& problems);
// Whose rules they are: of an answer, of one result in it, of one that has a status of its own.
enum class RulesOf : std::uint8_t { answer, result, result_with_status };
std::vector<AnswerRule> read_answers(const YAML::Node& node, const std::string& where, RulesOf of,
                                     yaml::Problems& problems);
std::optional<Verdict> verdict_of(std::string_view word);
// Into `recipe`, which has all else; `root` is the whole file.
void read_batch(const YAML::Node& root, Recipe& recipe, yaml::Problems& problems);
// Is it a URL that requests may go to? `start` is what stands before the first field, `whole` says
// that nothing follows. Says what is wrong, and shows none of it.
std::optional<std::string> wrong_with_url(std::string_view start, bool whole, bool plain_http);

}  // namespace wakestream::emitters
