// make sim: many schedules by seed, then each mutation until it is caught.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "roles/capture/transitions.h"
#include "tests/simulation/schedule.h"

namespace {

using namespace wakestream::simulation;  // NOLINT: the program is this namespace's

// What the schedules of one thread came to.
struct Part {
  Seen seen;
  std::uint64_t events = 0;
  std::uint64_t refused = 0;
  std::map<std::uint64_t, std::string> broken;  // by seed
};

// Takes seeds until there are none, or one of anybody's was broken.
void run_part(std::atomic<std::uint64_t>& next_seed, std::uint64_t end, Part& part) {
  for (auto seed = next_seed++; seed < end; seed = next_seed++) {
    const auto outcome = run_schedule(seed, Mutation::none, part.seen);
    part.events += outcome.event_count;
    part.refused += outcome.refused ? 1 : 0;
    if (outcome.broken.empty()) continue;
    part.broken.emplace(seed, outcome.broken);
    next_seed = end;
    return;
  }
}

int run_schedules(std::uint64_t first_seed, std::uint64_t count, bool list_transitions) {
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next_seed{first_seed};
  std::vector<Part> parts(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::jthread> threads;
  threads.reserve(parts.size());
  for (auto& part : parts)
    threads.emplace_back([&] { run_part(next_seed, first_seed + count, part); });
  threads.clear();  // waits for them
  Part all;
  for (auto& part : parts) {
    all.seen.merge(part.seen);
    all.events += part.events;
    all.refused += part.refused;
    all.broken.merge(part.broken);
  }
  for (const auto& [seed, why] : all.broken) {
    fmt::print(
        "seed {}: {}\n  see it again: wakestream_simulation --seed {} --schedules 1 --trace\n",
        seed, why, seed);
  }
  if (!all.broken.empty()) return 1;
  const auto seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (list_transitions) {
    for (const auto& [from, what, to] : all.seen)
      fmt::print("{} {} {}\n", to_string(from), what, to_string(to));
  }
  fmt::print(
      "simulation: schedules={} events={} rightly_refused={} transitions_seen={} failures=0 "
      "seconds={:.1f}\n",
      count, all.events, all.refused, all.seen.size(), seconds);
  return 0;
}

int run_mutations(std::uint64_t first_seed, std::uint64_t limit) {
  int missed = 0;
  for (int number = 1; number < mutation_count; ++number) {
    const auto mutation = static_cast<Mutation>(number);
    Seen seen;
    std::uint64_t tried = 0;
    Outcome outcome;
    while (tried < limit && outcome.broken.empty())
      outcome = run_schedule(first_seed + tried++, mutation, seen);
    const bool caught = !outcome.broken.empty();
    missed += caught ? 0 : 1;
    fmt::print("mutation {:<34} {} after {} schedules{}\n", to_string(mutation),
               caught ? "caught" : "NOT CAUGHT", tried, caught ? ": " + outcome.broken : "");
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  CLI::App app("The capture protocol against a simulated server, log, clock and crashes.");
  std::uint64_t schedules = 10'000;
  std::uint64_t seed = 1;
  bool mutations = false;
  bool trace = false;
  bool transitions = false;
  app.add_option("--schedules", schedules, "how many schedules to run");
  app.add_option("--seed", seed, "the first schedule's seed");
  app.add_flag("--mutations", mutations,
               "then break the protocol in each known way: it must be caught");
  app.add_flag("--trace", trace, "print every transition of the first schedule");
  app.add_flag("--transitions", transitions, "list every transition that was seen");
  bool table = false;
  app.add_flag("--table", table, "print the protocol's table, as docs/capture.md has it");
  CLI11_PARSE(app, argc, argv);
  if (table) {
    fmt::print("{}", wakestream::capture::transitions_markdown());
    return 0;
  }
  if (trace) {
    Seen seen;
    const auto outcome = run_schedule(seed, Mutation::none, seen, true);
    fmt::print("{}\n", outcome.broken.empty() ? "kept every promise" : outcome.broken);
    return outcome.broken.empty() ? 0 : 1;
  }
  if (const int failed = run_schedules(seed, schedules, transitions); failed != 0) return failed;
  return mutations ? run_mutations(seed, 2'000) : 0;
}
