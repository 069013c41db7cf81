// The short form of `make sim`, for every test run.
#include <gtest/gtest.h>

#include "roles/capture/transitions.h"
#include "tests/simulation/schedule.h"

namespace wakestream::simulation {
namespace {

TEST(Simulation, keeps_every_promise_and_goes_only_the_ways_of_the_table) {
  Seen seen;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const auto outcome = run_schedule(seed, Mutation::none, seen);
    ASSERT_EQ(outcome.broken, "") << "seed " << seed;
  }
  for (const auto& [from, input, to] : seen) {
    EXPECT_TRUE(capture::allowed(from, input, to))
        << to_string(from) << " + " << input << " -> " << to_string(to);
  }
  for (const auto& row : capture::transitions()) {
    if (row.by_unit_test) continue;
    bool gone = false;
    for (const auto from : row.from) {
      for (const auto to : row.to) gone = gone || seen.contains({from, std::string(row.input), to});
    }
    EXPECT_TRUE(gone) << "nothing ever went: " << to_string(*row.from.begin()) << " + " << row.input
                      << " (" << row.when << ")";
  }
}

class Mutations : public testing::TestWithParam<int> {};

TEST_P(Mutations, are_caught) {
  const auto mutation = static_cast<Mutation>(GetParam());
  Seen seen;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    if (!run_schedule(seed, mutation, seen).broken.empty()) return;
  }
  FAIL() << to_string(mutation) << " was not caught";
}

INSTANTIATE_TEST_SUITE_P(All, Mutations, testing::Range(1, mutation_count), [](const auto& tested) {
  return std::string(to_string(static_cast<Mutation>(tested.param)));
});

}  // namespace
}  // namespace wakestream::simulation
