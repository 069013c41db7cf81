// A disk that is full, a file that may not grow, a folder that cannot be written.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::HasSubstr;

namespace {

const std::string cannot_mount = "cannot mount";

// A file system of 4 MiB for this process alone; gone with it.
bool mount_small_disk(const std::string& folder) {
  std::filesystem::create_directories(folder);
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=4m") == 0;
}

// Takes every byte that is left.
void fill(const std::string& ballast) {
  const int descriptor = ::open(ballast.c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(4096, 'b');
  while (::write(descriptor, block.data(), block.size()) > 0) {
  }
  ::close(descriptor);
}

std::string describe(const Error& error) {
  return std::to_string(static_cast<int>(error.kind)) + " " + error.message;
}

}  // namespace

class EmbeddedDiskTest : public EmbeddedFixture {
 protected:
  std::string fill_the_disk_and_go_on() const {
    if (!mount_small_disk(folder())) return cannot_mount;
    const auto log = open_log();
    make_topic(*log, topic_spec("events"));
    auto writer = open_writer(*log);
    const std::string value(100'000, 'x');
    std::size_t committed = 0;
    Result<void> done;
    while ((done = try_write(*writer, "events", {value, value}))) ++committed;
    if (done.error().kind != ErrorKind::in_doubt) return "not in doubt: " + describe(done.error());
    if (!done.error().message.starts_with("disk full: "))
      return "no reason: " + describe(done.error());
    if (committed < 3) return "full too early";
    if (try_write(*writer, "events", {"small"})) return "a writer in doubt went on";

    // In the WAL there may be room enough for the next writer to be opened; then it is the one in
    // doubt.
    fill(folder() + "/ballast");
    writer.reset();
    fill(folder() + "/more-ballast");
    auto next = log->open_writer(writer_options());
    const auto failed =
        next ? try_write(**next, "events", {value, value, value, value, value, value, value, value})
             : Result<void>(tl::unexpected(next.error()));
    if (failed) return "a transaction was committed on a full disk";
    if (failed.error().kind != (next ? ErrorKind::in_doubt : ErrorKind::unreachable))
      return describe(failed.error());
    if (!failed.error().message.starts_with("disk full: "))
      return "no reason: " + describe(failed.error());
    if (next) next->reset();

    std::filesystem::remove(folder() + "/ballast");
    std::filesystem::remove(folder() + "/more-ballast");
    writer = open_writer(*log);
    take(try_write(*writer, "events", {"room again"}));
    const auto values = read_all(*log, "events");
    // The transaction in doubt may be there, whole, or not.
    if (values.back() != "room again") return "the last is not the last";
    const auto record_count = values.size() - 1;
    if (record_count != 2 * committed && record_count != 2 * committed + 2)
      return std::to_string(record_count) + " records";
    return "went on";
  }

  std::string open_on_a_full_disk() const {
    if (!mount_small_disk(folder())) return cannot_mount;
    fill(folder() + "/ballast");
    const auto log = open_log();
    const auto spec = topic_spec("events");
    const auto made = log->ensure_topics({&spec, 1}, true, Milliseconds{1'000});
    return made ? "made" : describe(made.error());
  }

  std::string open_writer_on_a_full_disk() const {
    if (!mount_small_disk(folder())) return cannot_mount;
    const auto log = open_log();
    make_topic(*log, topic_spec("events"));
    write(*open_writer(*log), "events", {"kept"});
    // Nothing is open: the WAL is gone, and a new one finds no room.
    fill(folder() + "/ballast");
    const auto refused = log->open_writer(writer_options());
    if (refused) return "opened";
    std::filesystem::remove(folder() + "/ballast");
    const auto writer = open_writer(*log);
    write(*writer, "events", {"room again"});
    if (read_all(*log, "events") != std::vector<std::string>{"kept", "room again"})
      return "lost something";
    return describe(refused.error());
  }

  std::string open_on_a_read_only_disk() const {
    if (!mount_small_disk(folder())) return cannot_mount;
    {
      const auto log = open_log();
      make_topic(*log, topic_spec("events"));
    }
    if (::mount("none", folder().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return cannot_mount;
    const auto refused = open_log()->open_writer(writer_options());
    return refused ? "opened" : describe(refused.error());
  }
};

TEST_F(EmbeddedDiskTest, a_full_disk_puts_the_transaction_in_doubt_and_nothing_committed_is_lost) {
  const auto answer = in_child([&] { return fill_the_disk_and_go_on(); });
  if (answer == cannot_mount) GTEST_SKIP() << "a small file system needs the right to mount one";
  EXPECT_EQ(answer, "went on");
}

TEST_F(EmbeddedDiskTest, a_log_cannot_be_made_on_a_full_disk) {
  const auto answer = in_child([&] { return open_on_a_full_disk(); });
  if (answer == cannot_mount) GTEST_SKIP() << "a small file system needs the right to mount one";
  EXPECT_THAT(answer,
              HasSubstr(std::to_string(static_cast<int>(ErrorKind::unreachable)) + " disk full: "));
}

TEST_F(EmbeddedDiskTest, a_writer_on_a_full_disk_is_unreachable_until_there_is_room) {
  const auto answer = in_child([&] { return open_writer_on_a_full_disk(); });
  if (answer == cannot_mount) GTEST_SKIP() << "a small file system needs the right to mount one";
  EXPECT_THAT(answer,
              HasSubstr(std::to_string(static_cast<int>(ErrorKind::unreachable)) + " disk full: "));
}

TEST_F(EmbeddedDiskTest, a_writer_on_a_read_only_disk_is_denied) {
  const auto answer = in_child([&] { return open_on_a_read_only_disk(); });
  if (answer == cannot_mount) GTEST_SKIP() << "a small file system needs the right to mount one";
  EXPECT_THAT(answer,
              HasSubstr(std::to_string(static_cast<int>(ErrorKind::denied)) + " cannot open"));
}

TEST_F(EmbeddedDiskTest, a_file_does_not_grow_beyond_its_limit) {
  auto limited = options();
  limited.file_bytes_max = 1024 * 1024;
  const auto log = take(open_embedded_log(limited));
  make_topic(*log, topic_spec("events"));
  std::size_t committed = 0;
  {
    const auto writer = open_writer(*log);
    const std::string value(100'000, 'x');
    Result<void> done;
    while ((done = try_write(*writer, "events", {value})) && committed < 100) ++committed;
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::in_doubt);
    EXPECT_THAT(done.error().message, HasSubstr("limit of 1048576 bytes"));
  }
  EXPECT_GE(committed, 5U);
  EXPECT_LE(std::filesystem::file_size(file()), 1024U * 1024);
  EXPECT_EQ(read_all(*log, "events").size(), committed);

  const auto unlimited = open_log();
  const auto writer = open_writer(*unlimited);
  write(*writer, "events", {"room again"});
  EXPECT_EQ(read_all(*log, "events").size(), committed + 1);
}

TEST_F(EmbeddedDiskTest, a_record_beyond_the_limit_is_refused_by_its_size) {
  auto limited = options();
  limited.record_bytes_max = 1'000;
  const auto log = take(open_embedded_log(limited));
  make_topic(*log, topic_spec("events"));
  const auto writer = open_writer(*log);
  take(writer->begin());
  const auto refused = try_produce(*writer, "events", "k", std::string(1'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::record_too_big);
  EXPECT_THAT(refused.error().message, HasSubstr("1001 bytes for topic events"));
  take(try_produce(*writer, "events", "k", std::string(999, 'x')));
  take(writer->commit({}));
  EXPECT_EQ(read_all(*log, "events").size(), 1U);
}

}  // namespace wakestream::log::embedded
