// Attempts -> items -> requests that hold several. Pure.
//
// A request has an id of its own, made of its items' ids: the same items in the same order are the
// same request. Each item has its event's id, which is what a receiver knows a repeated event by:
// one that comes again comes in other company.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "emitters/emitter.h"
#include "emitters/http/recipe.h"
#include "emitters/http/request.h"

namespace wakestream::emitters {

struct BatchItem {
  std::uint64_t ticket = 0;
  std::string id = {};
  std::string echoed = {};  // by which an answer names it, where it does so
  std::string body = {};    // as JSON
};

// `recipe` has a batch, as below. Or why there is none, in words: it would be so at every attempt.
tl::expected<BatchItem, std::string> make_item(const Recipe& recipe, const Attempt& attempt,
                                               Shown shown = Shown::real);

// In their order, each within the limits of items and bytes; no two of a batch are named the same.
// One of which `goes_alone` says so has a request for itself.
using Batch = std::vector<BatchItem>;
std::vector<Batch> into_batches(const BatchRecipe& recipe, std::vector<BatchItem> items,
                                const std::function<bool(std::string_view id)>& goes_alone);

std::string batch_id(std::span<const BatchItem> items);

tl::expected<Request, std::string> make_batch_request(const Recipe& recipe,
                                                      std::span<const BatchItem> items,
                                                      const RequestMoment& moment);

}  // namespace wakestream::emitters
