// Any text as a recipe: a recipe or problems with places, never a crash. What a recipe with a batch
// makes of an event lies within its limits.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "emitters/http/recipe_reader.h"
#include "emitters/http/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wakestream::emitters;  // NOLINT: a fuzz target
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A reference would read the fuzzer's own files.
  if (text.find("${file:") != std::string_view::npos) return 0;
  const auto recipe = parse_recipe(text, "fuzz.yaml");
  if (!recipe) {
    if (recipe.error().empty()) abort();
    return 0;
  }
  const Attempt attempt{.webhook_id = "id",
                        .type = "customer.x",
                        .subject = "4711",
                        .data = R"({"email":"a@example.com","list":[1,{"a":null}]})"};
  const auto request =
      make_request(*recipe, attempt, {std::chrono::sys_seconds{std::chrono::seconds{1}}, "token"});
  if (!request && request.error().empty()) abort();
  if (request && recipe->batch && request->body.size() > recipe->batch->bytes_max) abort();
  return 0;
}
