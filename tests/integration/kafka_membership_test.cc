// Who has which part of a work, on a real broker.
#include <gmock/gmock.h>

#include <set>

#include "tests/integration/kafka_log_fixture.h"

namespace wakestream::log::kafka {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class KafkaMembershipTest : public KafkaLogTest {
 protected:
  static constexpr std::int32_t part_count = 4;

  void SetUp() override {
    start_broker();
    make_topic("parts", part_count, Cleanup::compact);
  }

  // One who takes what is given, and gives up what is taken at once unless told otherwise.
  struct Member {
    std::unique_ptr<Membership> membership;
    std::set<std::int32_t> parts = {};
    std::set<std::int32_t> owed = {};  // taken, and not released
    bool releases = true;

    void poll() {
      const auto change = take(membership->poll(50ms));
      parts.insert(change.given.begin(), change.given.end());
      for (const auto part : change.taken) {
        parts.erase(part);
        owed.insert(part);
      }
      if (owed.empty() || !releases) return;
      owed.clear();
      take(membership->released());
    }
  };

  Member join() { return {.membership = take(log().join({.group = "group", .topic = "parts"}))}; }

  // Polls all until it is so.
  template <class Condition>
  static bool becomes(std::initializer_list<Member*> members, Condition condition) {
    for (const auto begin = Clock::now(); Clock::now() - begin < 60s;) {
      for (auto* member : members) member->poll();
      if (condition()) return true;
    }
    return false;
  }
};

TEST_F(KafkaMembershipTest, parts_are_shared_by_those_who_join_and_free_when_one_leaves) {
  auto first = join();
  ASSERT_TRUE(becomes({&first}, [&] { return first.parts.size() == part_count; }));
  auto second = join();
  ASSERT_TRUE(becomes({&first, &second},
                      [&] { return first.parts.size() == 2 && second.parts.size() == 2; }));
  auto all = first.parts;
  all.insert(second.parts.begin(), second.parts.end());
  EXPECT_THAT(all, SizeIs(part_count)) << "none belongs to both";
  second.membership.reset();
  EXPECT_TRUE(becomes({&first}, [&] { return first.parts.size() == part_count; }));
}

TEST_F(KafkaMembershipTest, a_part_is_given_to_another_one_only_when_it_is_released) {
  auto first = join();
  ASSERT_TRUE(becomes({&first}, [&] { return first.parts.size() == part_count; }));
  first.releases = false;
  auto second = join();
  ASSERT_TRUE(becomes({&first, &second}, [&] { return first.owed.size() == 2; }));
  // Longer than a member may be silent.
  const auto until = Clock::now() + 8s;
  while (Clock::now() < until) {
    first.poll();
    second.poll();
  }
  EXPECT_THAT(second.parts, IsEmpty());
  EXPECT_THAT(first.parts, SizeIs(2)) << "those that do not move go on";
  first.releases = true;
  EXPECT_TRUE(becomes({&first, &second}, [&] { return second.parts.size() == 2; }));
}

}  // namespace
}  // namespace wakestream::log::kafka
