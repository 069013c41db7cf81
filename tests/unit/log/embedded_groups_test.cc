// Consumer groups of the embedded log: who is known, and how one is forgotten.
#include <gmock/gmock.h>

#include "log/embedded/consumer_groups.h"
#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class EmbeddedGroupsTest : public EmbeddedFixture {
 protected:
  static constexpr Milliseconds busy_wait{1'000};

  static void consume(Writer& writer, const std::string& group, std::int64_t next_offset) {
    ConsumedOffsets consumed;
    consumed.group = group;
    consumed.positions.push_back({"events", 0, next_offset});
    take(writer.begin());
    take(writer.commit(consumed));
  }
  std::unique_ptr<Writer> writer_of(EventLog& log, const std::string& name) const {
    auto options = writer_options();
    options.name = name;
    return take(log.open_writer(options));
  }
  std::vector<GroupPosition> groups() const { return take(list_groups(folder(), busy_wait)); }
  Result<void> forget(const std::string& group) const {
    return forget_group(folder(), group, "the test", busy_wait);
  }
};

TEST_F(EmbeddedGroupsTest, no_log_has_no_groups) {
  EXPECT_THAT(groups(), IsEmpty());
  EXPECT_TRUE(forget("nobody"));
}

TEST_F(EmbeddedGroupsTest, each_group_says_what_it_has_not_read_and_when_it_was_there) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto capture = open_writer(*log);
  write(*capture, "events", {"a", "b", "c"});
  const auto reader = writer_of(*log, "deliver.crm");
  consume(*reader, "deliver.crm", 1);
  consume(*capture, "audit", 3);
  const auto found = groups();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].group, "audit");
  EXPECT_EQ(found[0].next_offset, 3);
  EXPECT_EQ(found[1].group, "deliver.crm");
  EXPECT_EQ(found[1].topic, "events");
  EXPECT_EQ(found[1].next_offset, 1);
  EXPECT_EQ(found[1].end_offset, 3);
  EXPECT_THAT(found[1].file, HasSubstr("/deliver.crm.sqlite"));
  EXPECT_GT(found[1].committed_at_ms.value_or(0), 1'600'000'000'000);
}

TEST_F(EmbeddedGroupsTest, a_group_is_forgotten_when_its_writer_is_gone_and_not_before) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto capture = open_writer(*log);
  write(*capture, "events", {"a"});
  auto reader = writer_of(*log, "deliver.crm");
  consume(*reader, "deliver.crm", 0);
  consume(*reader, "another", 0);
  const auto refused = forget("deliver.crm");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::held);
  EXPECT_THAT(groups(), SizeIs(2));
  reader.reset();
  ASSERT_TRUE(forget("deliver.crm"));
  ASSERT_THAT(groups(), SizeIs(1));
  EXPECT_EQ(groups()[0].group, "another");
  // Whoever comes back is known again.
  reader = writer_of(*log, "deliver.crm");
  consume(*reader, "deliver.crm", 1);
  EXPECT_THAT(groups(), SizeIs(2));
}

TEST_F(EmbeddedGroupsTest, files_of_releases_that_wrote_no_times_are_read_and_forgotten_too) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  {
    const auto capture = open_writer(*log);
    write(*capture, "events", {"a"});
    consume(*capture, "audit", 0);
  }
  query(file(), "DROP TABLE consumed_at");
  ASSERT_THAT(groups(), SizeIs(1));
  EXPECT_FALSE(groups()[0].committed_at_ms);
  ASSERT_TRUE(forget("audit"));
  EXPECT_THAT(groups(), IsEmpty());
}

}  // namespace
}  // namespace wakestream::log::embedded
