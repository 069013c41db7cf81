// Recipes with a batch, and several events.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "emitters/http/batch_request.h"
#include "emitters/http/item_results.h"
#include "tests/unit/emitters/recipe_fixture.h"

namespace wakestream::emitters {

inline Recipe batch_recipe(const std::string& batch, const std::string& body = "event",
                           const std::string& more = "") {
  return recipe_of(
      fmt::format("request: {{url: https://a.b/, body: {}}}\nbatch: {}\n{}", body, batch, more));
}

// Events e0, e1 and so on, of accounts a0, a1 and so on.
class Events {
 public:
  explicit Events(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at)
      texts_.push_back({fmt::format("e{}", at), fmt::format("a{}", at),
                        fmt::format(R"({{"n":{},"email":"{}@example.com"}})", at, at)});
    for (const auto& [id, account, data] : texts_)
      attempts.push_back({.ticket = 100 + attempts.size(),
                          .webhook_id = id,
                          .type = "customer.x",
                          .subject = account,
                          .data = data});
  }
  std::vector<Attempt> attempts;

 private:
  struct Texts {
    std::string id, account, data;
  };
  std::vector<Texts> texts_;
};

inline std::vector<BatchItem> items_of(const Recipe& recipe, const std::vector<Attempt>& attempts) {
  std::vector<BatchItem> items;
  for (const auto& one : attempts) {
    auto item = make_item(recipe, one);
    if (item)
      items.push_back(std::move(*item));
    else
      ADD_FAILURE() << item.error();
  }
  return items;
}

inline std::vector<Batch> batches_of(
    const Recipe& recipe, const std::vector<Attempt>& attempts,
    const std::function<bool(std::string_view)>& alone = [](auto) { return false; }) {
  return into_batches(*recipe.batch, items_of(recipe, attempts), alone);
}

}  // namespace wakestream::emitters
