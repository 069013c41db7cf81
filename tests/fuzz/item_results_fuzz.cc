// Any bytes as the answer to a batch: each item has one outcome, and none is delivered without a
// word that can be read.
#include "emitters/http/item_results.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "emitters/http/recipe_reader.h"
#include "mapping/json_text.h"

using namespace wakestream::emitters;  // NOLINT: a fuzz target

namespace {

void check(bool holds) {
  if (!holds) abort();
}

Recipe recipe_of(const std::string& results) {
  auto recipe = parse_recipe("request: {url: https://a.b/}\nbatch: {results: " + results + "}\n",
                             "fuzz.yaml");
  check(recipe.has_value());
  return std::move(*recipe);
}

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> all = [] {
    const std::string answers =
        "answers: [{field: ok, means: delivered}, {field: b.0, is: [a, 1], means: retry}, "
        "{field: error, means: park}]";
    std::vector<Recipe> made;
    made.push_back(recipe_of("{" + answers + "}"));
    made.push_back(recipe_of("{list: r, " + answers + "}"));
    made.push_back(recipe_of("{list: r, id: id, status: s, " + answers + "}"));
    made.push_back(recipe_of("{list: r, index: id, unnamed: delivered, " + answers + "}"));
    made.push_back(recipe_of("{id: id, unnamed: delivered, " + answers + "}"));
    return made;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const bool json = wakestream::mapping::is_json(body);
  const std::vector<BatchItem> items{{.ticket = 1, .id = "a", .echoed = "a"},
                                     {.ticket = 2, .id = "1", .echoed = "1"}};
  for (const auto& recipe : recipes()) {
    for (const bool too_large : {false, true}) {
      const auto judgement =
          judge_items(recipe, {.status = 200, .body = body, .too_large = too_large}, items,
                      std::chrono::sys_seconds{std::chrono::seconds{1}});
      check(judgement.outcomes.size() == 2);
      for (std::size_t at = 0; at < 2; ++at) {
        check(judgement.outcomes[at].ticket == at + 1);
        if (judgement.outcomes[at].verdict != Verdict::delivered) continue;
        check(!too_large);
        check(json || (body.empty() && recipe.batch->results->unnamed == Verdict::delivered));
      }
    }
  }
  return 0;
}
