// Several events in one request, as a recipe describes it, and where its answer says what came of
// each. Plain data; batch_reader.cc reads and checks it, batch_request.h and item_results.h carry
// it out.
//
// NOTHING WAITS FOR A BATCH TO FILL. What may be sent at one moment goes together, and a moment is
// a transaction of whoever sends: while it is busy more gathers by itself, and an idle receiver has
// an event at once. To wait here would hold events whose intent is on record already, under a
// verdict of policy that grows old.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "emitters/http/answer.h"
#include "emitters/http/body_template.h"
#include "emitters/http/event_field.h"
#include "emitters/http/json_path.h"

namespace wakestream::emitters {

struct BatchBody {
  enum class Kind : std::uint8_t {
    list,   // a JSON array of the items
    lines,  // an item a line
    json,   // a tree that has the array in it
  };
  Kind kind = Kind::list;
  JsonTemplate json = {};
};

struct ItemResults {
  // How a result says whose it is: by its place among as many results as there are items, by a
  // number (the first item is 0), or by what the item told.
  enum class By : std::uint8_t { position, index, id };

  std::optional<JsonPath> list;  // in the answer's body; nothing: the body itself
  By by = By::position;
  std::optional<JsonPath> name;  // of index and id: where a result has it
  EventField echoes;             // of id: what of the event it is
  std::optional<JsonPath> status;
  std::vector<AnswerRule> answers;  // of one result; a rule without statuses fits any
  Verdict unnamed = Verdict::unknown;
};

struct BatchRecipe {
  std::size_t items_max = 100;
  std::size_t bytes_max = 1U << 20U;  // of a request's body
  BatchBody body;
  std::optional<ItemResults> results;  // nothing: one answer counts for all items
};

}  // namespace wakestream::emitters
