// Files of lines in a real folder: what is on the disk at each step.
#include "emitters/file/line_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace wakestream::emitters {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::chrono::sys_seconds start{seconds{1'780'300'800}};  // 2026-06-01 08:00:00 UTC

class LineFilesTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  FileSettings settings(std::uint64_t bytes = 1'000, seconds after = seconds{60}) const {
    return {folder_.string(), bytes, after};
  }
  // Name -> content.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream file(entry.path());
      found[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return found;
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / name) << text;
  }
  static std::size_t open_handles() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      ++count;
    return count;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / "wakestream-line-files-test" / "deep";
};

TEST_F(LineFilesTest, lines_go_into_a_part_until_the_file_is_large_enough) {
  LineFiles lines(settings(8));
  ASSERT_TRUE(lines.append("one\n", start));
  ASSERT_TRUE(lines.finish_due(start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl.part", "one\n")));
  ASSERT_TRUE(lines.append("two\n", start));
  ASSERT_TRUE(lines.finish_due(start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl", "one\ntwo\n")));
  ASSERT_TRUE(lines.append("three\n", start + seconds{5}));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl", "one\ntwo\n"),
                                   Pair("20260601T080005Z-000002.jsonl.part", "three\n")));
}

TEST_F(LineFilesTest, a_file_is_finished_when_it_is_old_enough) {
  LineFiles lines(settings());
  EXPECT_FALSE(lines.due());
  ASSERT_TRUE(lines.append("one\n", start));
  ASSERT_EQ(lines.due(), start + seconds{60});
  ASSERT_TRUE(lines.finish_due(start + seconds{59}));
  EXPECT_TRUE(files().contains("20260601T080000Z-000001.jsonl.part"));
  ASSERT_TRUE(lines.finish_due(start + seconds{60}));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl", "one\n")));
  EXPECT_FALSE(lines.due()) << "and no empty one is begun";
}

TEST_F(LineFilesTest, what_a_crash_left_behind_is_continued_without_its_torn_last_line) {
  write("20260601T075930Z-000007.jsonl.part", "one\n{\"half\": tr");
  LineFiles lines(settings());
  ASSERT_TRUE(lines.append("two\n", start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T075930Z-000007.jsonl.part", "one\ntwo\n")));
  EXPECT_EQ(lines.due(), start + seconds{30}) << "it is as old as its name says";
}

TEST_F(LineFilesTest, a_long_torn_line_is_found_behind_many_blocks) {
  write("20260601T075930Z-000007.jsonl.part", "one\n" + std::string(200'000, 'x'));
  LineFiles lines(settings());
  ASSERT_TRUE(lines.append("two\n", start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T075930Z-000007.jsonl.part", "one\ntwo\n")));
}

TEST_F(LineFilesTest, of_several_that_were_left_behind_the_newest_is_continued) {
  write("20260601T070000Z-000001.jsonl.part", "one\ntorn");
  write("20260601T071000Z-000002.jsonl.part", "two\n");
  write("notes.txt", "of somebody else");
  write("99999999T071000Z-000002.jsonl.part", "no name of ours");
  LineFiles lines(settings());
  ASSERT_TRUE(lines.append("three\n", start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T070000Z-000001.jsonl", "one\n"),
                                   Pair("20260601T071000Z-000002.jsonl.part", "two\nthree\n"),
                                   Pair("99999999T071000Z-000002.jsonl.part", "no name of ours"),
                                   Pair("notes.txt", "of somebody else")));
}

TEST_F(LineFilesTest, a_part_that_another_process_writes_is_left_alone) {
  LineFiles other(settings());
  ASSERT_TRUE(other.append("other\n", start));
  LineFiles lines(settings());  // a lock is of its handle, so this one is as good as a process
  ASSERT_TRUE(lines.append("one\n", start));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl.part", "other\n"),
                                   Pair("20260601T080000Z-000002.jsonl.part", "one\n")));
}

TEST_F(LineFilesTest, a_finished_file_is_never_written_over) {
  LineFiles lines(settings());
  ASSERT_TRUE(lines.append("one\n", start));
  write("20260601T080000Z-000001.jsonl", "of an earlier life");
  ASSERT_TRUE(lines.finish_due(start + seconds{60}));
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl", "of an earlier life"),
                                   Pair("20260601T080000Z-000002.jsonl", "one\n")));
}

// The limit on a file's size makes the kernel write a part of what is asked, and then fail: as a
// disk that becomes full does.
TEST_F(LineFilesTest, what_does_not_fit_leaves_nothing_and_is_written_later) {
  LineFiles lines(settings());
  ASSERT_TRUE(lines.append("one\n", start));
  auto* const before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{10, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto failed = lines.append("a longer line\n", start);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().reason, HasSubstr("000001.jsonl.part: File too large"));
  EXPECT_FALSE(failed.error().perhaps_written);
  EXPECT_THAT(files(), ElementsAre(Pair("20260601T080000Z-000001.jsonl.part", "one\n")));
  ASSERT_TRUE(lines.append("a longer line\n", start));
  EXPECT_THAT(files(),
              ElementsAre(Pair("20260601T080000Z-000001.jsonl.part", "one\na longer line\n")));
}

TEST_F(LineFilesTest, a_folder_that_cannot_be_made_is_named) {
  std::filesystem::create_directories(folder_.parent_path());
  std::ofstream(folder_) << "a file";
  LineFiles lines(settings());
  const auto failed = lines.append("one\n", start);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().reason, HasSubstr(folder_.string() + ": "));
  std::filesystem::remove(folder_);
  EXPECT_TRUE(lines.append("one\n", start)) << "and is tried again";
}

TEST_F(LineFilesTest, a_handle_is_closed_with_its_file) {
  const auto before = open_handles();
  {
    LineFiles lines(settings(1));
    for (int at = 0; at < 100; ++at) {
      ASSERT_TRUE(lines.append("one\n", start));
      ASSERT_TRUE(lines.finish_due(start));
    }
    EXPECT_EQ(open_handles(), before);
    ASSERT_TRUE(lines.append("one\n", start));
    EXPECT_EQ(open_handles(), before + 1);
  }
  EXPECT_EQ(open_handles(), before);
  EXPECT_EQ(files().size(), 101U);
}

}  // namespace
}  // namespace wakestream::emitters
