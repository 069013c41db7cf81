// Durable at commit: the sync is seen, and made to fail, by standing in front of the C library's
// fdatasync.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "tests/unit/log/embedded_fixture.h"

namespace {

std::atomic<int> sync_count{0};
std::atomic<bool> sync_fails{false};

}  // namespace

// SQLite syncs by fdatasync, and the program's own definition comes before the C library's.
extern "C" int fdatasync(int descriptor) {
  ++sync_count;
  if (sync_fails) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}

namespace wakestream::log::embedded {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

class EmbeddedSyncTest : public EmbeddedFixture {
 protected:
  void SetUp() override {
    log = open_log();
    make_topic(*log, topic_spec("events"));
  }
  void TearDown() override { sync_fails = false; }
  std::unique_ptr<EventLog> log;
};

TEST_F(EmbeddedSyncTest, commit_syncs_before_it_returns_and_nothing_before_it_does) {
  const auto writer = open_writer(*log);
  for (int round = 0; round < 3; ++round) {
    sync_count = 0;
    take(writer->begin());
    take(try_produce(*writer, "events", "k", "v"));
    EXPECT_EQ(sync_count, 0);
    take(writer->commit({}));
    EXPECT_GE(sync_count, 1);
  }
}

TEST_F(EmbeddedSyncTest, opening_a_writer_syncs_what_a_killed_one_may_have_left_unsynced) {
  sync_count = 0;
  const auto writer = open_writer(*log);
  EXPECT_GE(sync_count, 1);
}

TEST_F(EmbeddedSyncTest, a_failed_sync_puts_the_commit_in_doubt_and_it_is_there_whole_or_not) {
  auto writer = open_writer(*log);
  write(*writer, "events", {"before"});
  take(writer->begin());
  take(try_produce(*writer, "events", "k", "in"));
  take(try_produce(*writer, "events", "k", "doubt"));
  sync_fails = true;
  const auto done = writer->commit({});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::in_doubt);
  EXPECT_THAT(done.error().message, HasSubstr("input/output error"));
  // Not shown while it is not known to be durable.
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("before"));
  writer.reset();

  sync_fails = false;
  writer = open_writer(*log);
  const auto seen = read_all(*log, "events");
  EXPECT_THAT(seen, AnyOf(ElementsAre("before"), ElementsAre("before", "in", "doubt")));
  write(*writer, "events", {"after"});
  EXPECT_EQ(read_all(*log, "events").size(), seen.size() + 1);
}

TEST_F(EmbeddedSyncTest, a_writer_that_cannot_sync_cannot_be_opened) {
  sync_fails = true;
  const auto refused = log->open_writer(writer_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unreachable);
  sync_fails = false;
  open_writer(*log);
}

}  // namespace wakestream::log::embedded
