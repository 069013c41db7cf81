#include "emitters/http/batch_request.h"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

#include "keys/digest.h"
#include "mapping/json_text.h"

namespace wakestream::emitters {

namespace {

constexpr std::string_view id_start = "batch-";
constexpr std::size_t id_digits = 32;

std::string joined(const BatchRecipe& recipe, std::span<const BatchItem> items) {
  const bool lines = recipe.body.kind == BatchBody::Kind::lines;
  std::size_t bytes = 2;
  for (const auto& item : items) bytes += item.body.size() + 1;
  std::string out;
  out.reserve(bytes);
  if (!lines) out += '[';
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (!lines && at > 0) out += ',';
    out += items[at].body;
    if (lines) out += '\n';
  }
  if (!lines) out += ']';
  return out;
}

std::string body_of(const BatchRecipe& recipe, std::span<const BatchItem> items,
                    const Attempt& batch, Shown shown) {
  auto list = joined(recipe, items);
  if (recipe.body.kind != BatchBody::Kind::json) return list;
  return render_envelope(recipe.body.json, batch, list, shown);
}

// What a body has beside its items.
std::size_t bytes_around(const BatchRecipe& recipe) {
  const std::string id(id_start.size() + id_digits, '0');
  return body_of(recipe, {}, {.webhook_id = id}, Shown::real).size();
}

}  // namespace

tl::expected<BatchItem, std::string> make_item(const Recipe& recipe, const Attempt& attempt,
                                               Shown shown) {
  const auto& batch = *recipe.batch;
  if (!recipe.webhook.empty() && attempt.webhook_id.empty())
    return tl::unexpected(std::string("the event has no id, which a webhook needs"));
  BatchItem item{.ticket = attempt.ticket, .id = std::string(attempt.webhook_id)};
  if (batch.results && batch.results->by == ItemResults::By::id) {
    auto echoed = batch.results->echoes.text(attempt);
    if (!echoed)
      return tl::unexpected(fmt::format("an answer names it by {}, which the event does not have",
                                        batch.results->echoes.name()));
    item.echoed = std::move(*echoed);
  }
  item.body = render_item(recipe.body, attempt, shown);
  // Between its parts JSON may have line ends; in its strings it has none.
  if (batch.body.kind == BatchBody::Kind::lines &&
      item.body.find_first_of("\r\n") != std::string::npos) {
    std::string one_line;
    mapping::append_compact(item.body, one_line);
    item.body = std::move(one_line);
  }
  if (item.body.size() + 1 + bytes_around(batch) > batch.bytes_max)
    return tl::unexpected(std::string("alone it is larger than batch.bytes_max"));
  return item;
}

std::vector<Batch> into_batches(const BatchRecipe& recipe, std::vector<BatchItem> items,
                                const std::function<bool(std::string_view id)>& goes_alone) {
  const bool by_id = recipe.results && recipe.results->by == ItemResults::By::id;
  const auto around = bytes_around(recipe);
  std::vector<Batch> batches;
  Batch open;
  auto bytes = around;
  std::unordered_set<std::string> names;
  const auto close = [&] {
    if (!open.empty()) batches.push_back(std::exchange(open, {}));
    bytes = around;
    names.clear();
  };
  for (auto& item : items) {
    if (goes_alone(item.id)) {
      batches.emplace_back().push_back(std::move(item));
      continue;
    }
    const auto more = item.body.size() + 1;
    if (open.size() >= recipe.items_max || bytes + more > recipe.bytes_max ||
        (by_id && names.contains(item.echoed)))
      close();
    bytes += more;
    if (by_id) names.insert(item.echoed);
    open.push_back(std::move(item));
  }
  close();
  return batches;
}

std::string batch_id(std::span<const BatchItem> items) {
  std::string ids;
  for (const auto& item : items) ids.append(item.id).append("\n");
  return std::string(id_start) + keys::sha256_hex(ids).substr(0, id_digits);
}

tl::expected<Request, std::string> make_batch_request(const Recipe& recipe,
                                                      std::span<const BatchItem> items,
                                                      const RequestMoment& moment) {
  // What is said of a batch as a whole is said as of one event: it has an id and nothing else.
  const auto id = batch_id(items);
  const Attempt batch{.webhook_id = id, .data = "{}"};
  const bool lines = recipe.batch->body.kind == BatchBody::Kind::lines;
  return make_request_around(recipe, batch, body_of(*recipe.batch, items, batch, moment.shown),
                             lines ? "application/x-ndjson" : "application/json", moment);
}

}  // namespace wakestream::emitters
