#include "emitters/file/file_emitter.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/unit/emitters/recipe_fixture.h"

namespace wakestream::emitters {
namespace {

using std::chrono::milliseconds;

class FileEmitterTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string content() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream file(entry.path());
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / "wakestream-file-emitter-test";
  FileEmitter emitter_{FileSettings{folder_.string()}};
  std::vector<Outcome> outcomes_;
};

TEST_F(FileEmitterTest, an_event_is_a_line_with_its_id) {
  auto event = attempt;
  event.data = "{\"email\":\"a\\nb\",\r\n \"n\":1}";
  emitter_.send({&event, 1});
  EXPECT_EQ(emitter_.room(), FileEmitter::room_max - 1);
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].ticket, 7U);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::delivered);
  EXPECT_EQ(emitter_.room(), FileEmitter::room_max);
  EXPECT_EQ(
      content(),
      R"({"id":"00000001-0000000001A2B3C4-0-000000000001-0002","type":"customer.email_changed",)"
      R"("timestamp":"2026-01-02T03:04:05Z","subject":"4711",)"
      R"("sequence":"00000001-0000000001A2B3C4-0-000000000001-0002",)"
      R"("data":{"email":"a\nb",   "n":1}})"
      "\n");
}

TEST_F(FileEmitterTest, all_attempts_come_back_each_once_and_in_order) {
  std::vector<Attempt> attempts;
  for (std::uint64_t ticket = 1; ticket <= 1'000; ++ticket) {
    attempts.push_back(attempt);
    attempts.back().ticket = ticket;
  }
  emitter_.send({attempts.data(), 400});
  emitter_.send({attempts.data() + 400, 600});
  EXPECT_EQ(emitter_.room(), 0U);
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1'000U);
  for (std::size_t at = 0; at < outcomes_.size(); ++at) EXPECT_EQ(outcomes_[at].ticket, at + 1);
  const auto written = content();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1'000);
}

TEST_F(FileEmitterTest, what_did_not_begin_in_time_is_not_written_and_what_comes_behind_it_is) {
  auto late = attempt;
  late.begin_by_ms = boot_ms() - 1;
  emitter_.send({&late, 1});
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::retry);
  EXPECT_EQ(outcomes_[0].reason, begins_too_late);
  EXPECT_FALSE(std::filesystem::exists(folder_));
  outcomes_.clear();
  auto in_time = attempt;
  in_time.begin_by_ms = boot_ms() + 60'000;
  emitter_.send({&in_time, 1});
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::delivered);
}

TEST_F(FileEmitterTest, what_cannot_be_written_is_to_be_tried_again_and_says_why) {
  std::ofstream(folder_) << "a file stands where the folder should";
  emitter_.send({&attempt, 1});
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::retry);
  EXPECT_NE(outcomes_[0].reason.find(folder_.string()), std::string::npos);
  std::filesystem::remove(folder_);
  outcomes_.clear();
  emitter_.send({&attempt, 1});
  emitter_.take(milliseconds{0}, outcomes_);
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].verdict, Verdict::delivered);
}

TEST_F(FileEmitterTest, a_wait_ends_when_somebody_wakes_it) {
  emitter_.wake();  // before it
  emitter_.take(std::chrono::hours{1}, outcomes_);
  std::thread waker([&] { emitter_.wake(); });
  emitter_.take(std::chrono::hours{1}, outcomes_);
  waker.join();
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(FileEmitterTest, a_file_is_finished_by_its_age_though_nothing_comes) {
  FileEmitter emitter(FileSettings{folder_.string(), 1'000'000, std::chrono::seconds{1}});
  emitter.send({&attempt, 1});
  emitter.take(milliseconds{0}, outcomes_);
  const auto is_whole = [&] {
    return std::filesystem::directory_iterator(folder_)->path().extension() == ".jsonl";
  };
  EXPECT_FALSE(is_whole());
  while (!is_whole()) emitter.take(std::chrono::hours{1}, outcomes_);
}

}  // namespace
}  // namespace wakestream::emitters
