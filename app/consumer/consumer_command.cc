#include "app/consumer/consumer_command.h"

#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/event_line.h"
#include "app/output.h"
#include "emitters/http/http_emitter.h"
#include "emitters/http/recipe_reader.h"
#include "emitters/http/request.h"

namespace wakestream::app {

namespace {

void print(const emitters::Request& request) {
  Output output;
  output.line() += fmt::format("{} {}", request.method, request.url);
  output.end_line();
  for (const auto& [name, value] : request.headers) {
    output.line() += fmt::format("{}: {}", name, value);
    output.end_line();
  }
  if (request.body.empty()) return;
  output.end_line();
  output.line() += request.body;
  output.end_line();
}

emitters::Outcome sent(emitters::Recipe recipe, const emitters::Attempt& attempt) {
  emitters::HttpEmitter emitter(std::move(recipe));
  emitter.send({&attempt, 1});
  std::vector<emitters::Outcome> outcomes;
  // Each request ends by itself, at the latest by its own time limit.
  while (outcomes.empty()) emitter.take(std::chrono::seconds{1}, outcomes);
  return outcomes.front();
}

int say(const emitters::Outcome& outcome) {
  Output output;
  output.end_line();
  output.line() += fmt::format("{}: {}", emitters::to_string(outcome.verdict), outcome.reason);
  if (outcome.retry_after)
    output.line() += fmt::format("; not before {} s", outcome.retry_after->count());
  output.end_line();
  if (outcome.verdict == emitters::Verdict::delivered) return exit_done;
  const bool final =
      outcome.verdict == emitters::Verdict::park || outcome.verdict == emitters::Verdict::disable;
  return final ? exit_problem : exit_try_again;
}

}  // namespace

int consumer_try_command(const ConsumerTryOptions& options, Logger& logger) {
  auto recipe = emitters::load_recipe(options.recipe);
  if (!recipe) {
    for (const auto& problem : recipe.error()) logger.error("recipe_invalid", to_string(problem));
    return exit_problem;
  }
  const auto event = read_event_line(options.event, logger);
  if (!event) return exit_problem;
  const auto attempt = event->attempt();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto request = emitters::make_request(*recipe, attempt, {now, {}, emitters::Shown::masked});
  if (!request) {
    logger.error("request_impossible", request.error());
    return exit_problem;
  }
  print(*request);
  return options.send ? say(sent(std::move(*recipe), attempt)) : exit_done;
}

}  // namespace wakestream::app
