// The promises of lanes, in hundreds of schedules by seed. WAKESTREAM_SEED=N runs that one alone,
// WAKESTREAM_SCHEDULES=N as many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "roles/deliver/lane_store_file.h"
#include "tests/support/memory_lane_store.h"
#include "tests/unit/roles/deliver/delivery_world.h"

namespace wakestream::deliver {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

std::unique_ptr<LaneStore> in_memory() { return std::make_unique<MemoryLaneStore>(); }

std::unique_ptr<LaneStore> on_disk() { return LaneStoreFile::make(std::size_t{1} << 20U).value(); }

void expect_no_problem(std::uint64_t seed, const DeliveryWorld& world) {
  for (const auto& problem : world.truth().problems())
    ADD_FAILURE() << "seed " << seed << ": " << problem;
}

TEST(LanesPropertyTest, order_and_sequence_hold_and_nothing_is_lost_whatever_fails) {
  if (const auto seed = from_environment("WAKESTREAM_SEED", 0); seed != 0) {
    DeliveryWorld world(seed, in_memory);
    world.run();
    expect_no_problem(seed, world);
    return;
  }
  std::map<Fate, std::size_t> fates;
  std::size_t crashes = 0;
  std::size_t handovers = 0;
  std::size_t attempts = 0;
  std::size_t repeats = 0;
  std::size_t overtakings = 0;
  std::size_t sent_again = 0;
  std::size_t letters = 0;
  const auto schedules = from_environment("WAKESTREAM_SCHEDULES", 300);
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
    DeliveryWorld world(seed, in_memory);
    world.run();
    expect_no_problem(seed, world);
    if (HasFailure()) return;
    for (const auto fate : {Fate::delivered, Fate::withheld, Fate::erased, Fate::failed,
                            Fate::parked, Fate::skipped, Fate::superseded, Fate::muted})
      fates[fate] += world.truth().count(fate);
    crashes += world.crashes();
    handovers += world.handovers();
    attempts += world.truth().attempts();
    repeats += world.truth().repeats();
    overtakings += world.truth().overtakings();
    sent_again += world.truth().sent_again_count();
    letters += world.letters_written();
  }
  // Whatever can happen did, often.
  for (const auto& [fate, count] : fates) EXPECT_GE(count, schedules / 2) << to_string(fate);
  EXPECT_GE(crashes, schedules);
  EXPECT_GE(handovers, schedules);
  EXPECT_GE(repeats, schedules);
  EXPECT_GE(overtakings, schedules);
  EXPECT_GE(sent_again, schedules);
  for (const auto& [fate, count] : fates)
    RecordProperty(std::string(to_string(fate)), std::to_string(count));
  RecordProperty("crashes", std::to_string(crashes));
  RecordProperty("handovers", std::to_string(handovers));
  RecordProperty("attempts", std::to_string(attempts));
  RecordProperty("repeats", std::to_string(repeats));
  RecordProperty("overtakings", std::to_string(overtakings));
  RecordProperty("sent_again", std::to_string(sent_again));
  RecordProperty("letters", std::to_string(letters));
}

TEST(LanesPropertyTest, they_hold_with_the_real_store_too) {
  for (std::uint64_t seed = 1'001; seed <= 1'020; ++seed) {
    DeliveryWorld world(seed, on_disk);
    world.run();
    expect_no_problem(seed, world);
    if (HasFailure()) return;
  }
}

class FaultTest : public testing::TestWithParam<Fault> {};

TEST_P(FaultTest, the_truth_notices_it) {
  std::uint64_t seed = 1;
  for (; seed <= 100; ++seed) {
    DeliveryWorld world(seed, in_memory, GetParam());
    world.run();
    if (!world.truth().problems().empty()) break;
  }
  EXPECT_LE(seed, 100U) << "nobody noticed";
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultTest,
                         testing::Values(Fault::letter_lost, Fault::progress_forgotten,
                                         Fault::lanes_forgotten, Fault::sent_before_recorded,
                                         Fault::own_sequence, Fault::settled_forgotten,
                                         Fault::owner_starts_anew, Fault::owner_not_fenced));

}  // namespace
}  // namespace wakestream::deliver
