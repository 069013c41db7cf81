// What an answer to a batch says of each of its items.
//
// First it is judged as any answer is (answer.h), and what that says counts for all: they were not
// delivered, or there is no word on single items. Where it was taken and the recipe says where
// results stand, each item has what its result says.
//
// NOTHING IS TAKEN AS DELIVERED THAT THE ANSWER DOES NOT SAY SO OF, but for a recipe that says that
// what is not named was delivered. And then too the outcome is unknown where the answer cannot be
// read, or names somebody who was not in the request: that may be a mangled name of one who was.
//
// A batch that is refused as a whole may be so for one of its items: each of them is to be tried
// alone, and only what is refused alone is refused.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "emitters/emitter.h"
#include "emitters/http/answer.h"
#include "emitters/http/batch_request.h"

namespace wakestream::emitters {

struct BatchJudgement {
  std::vector<Outcome> outcomes;  // one an item, in their order
  bool apart = false;             // to be tried again, each alone
};

BatchJudgement judge_items(const Recipe& recipe, const Answer& answer,
                           std::span<const BatchItem> items, std::chrono::sys_seconds now);

}  // namespace wakestream::emitters
