// Several processes on one log: one writes, the others wait or read, and any may be killed.
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <filesystem>
#include <thread>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

// A process that does its work, says so, and stays as it is until it is killed.
class Standing {
 public:
  explicit Standing(const std::function<void()>& work) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      work();
      (void)!::write(ends[1], "r", 1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char said = 0;
    ready_ = ::read(ends[0], &said, 1) == 1;
    ::close(ends[0]);
  }
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;
  ~Standing() { end(); }

  bool ready() const { return ready_; }
  pid_t pid() const { return pid_; }
  void stop() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  bool ready_ = false;
};

}  // namespace

class EmbeddedProcessTest : public EmbeddedFixture {
 protected:
  // A writer of another process with one transaction committed and one open. The objects are leaked
  // on purpose: they end with the process, by SIGKILL.
  void stand_inside_a_transaction() const {
    auto* log = open_log().release();
    make_topic(*log, topic_spec("events"));
    auto* writer = open_writer(*log).release();
    write(*writer, "events", {"committed"});
    take(writer->begin());
    // Enough to spill from the page cache into the WAL.
    const std::string value(1'000'000, 'x');
    for (int at = 0; at < 20; ++at) take(try_produce(*writer, "events", "k", value));
  }
};

TEST_F(EmbeddedProcessTest, a_writer_of_another_process_is_named_and_its_log_can_be_read) {
  Standing other([&] { stand_inside_a_transaction(); });
  ASSERT_TRUE(other.ready());
  const auto log = open_log();
  const auto refused = log->open_writer(writer_options());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::held);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("a-host 17 today (pid " + std::to_string(other.pid()) + ")"),
                    HasSubstr("capture.lock")));
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("committed"));
}

TEST_F(EmbeddedProcessTest,
       a_writer_killed_inside_a_transaction_leaves_what_it_committed_and_frees_its_place) {
  Standing other([&] { stand_inside_a_transaction(); });
  ASSERT_TRUE(other.ready());
  other.end();
  const auto log = open_log();
  const auto writer = open_writer(*log);
  write(*writer, "events", {"of the next"});
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("committed", "of the next"));
}

TEST_F(EmbeddedProcessTest, a_writer_that_was_stopped_keeps_its_place) {
  Standing other([&] { stand_inside_a_transaction(); });
  ASSERT_TRUE(other.ready());
  other.stop();
  const auto log = open_log();
  EXPECT_EQ(log->open_writer(writer_options()).error().kind, ErrorKind::held);
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("committed"));
}

TEST_F(EmbeddedProcessTest, opening_waits_for_the_holder_to_go) {
  Standing other([&] { stand_inside_a_transaction(); });
  ASSERT_TRUE(other.ready());
  std::thread ending([&] {
    std::this_thread::sleep_for(Milliseconds{150});
    other.end();
  });
  const auto log = open_log();
  const auto writer = log->open_writer(writer_options(Milliseconds{10'000}));
  ending.join();
  EXPECT_TRUE(writer) << writer.error().message;
}

TEST_F(EmbeddedProcessTest, other_processes_read_everything_while_one_writes) {
  constexpr int transaction_count = 100;
  {
    const auto log = open_log();
    make_topic(*log, topic_spec("events"));
  }
  const auto reading = [&]() -> std::string {
    const auto log = open_log();
    const auto reader = take(log->open_reader("events", ReadFrom::earliest));
    int next = 0;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (next < transaction_count * 10 && std::chrono::steady_clock::now() < give_up) {
      for (const auto& record : take(reader->poll(7, Milliseconds{100})).records) {
        if (record.value != std::to_string(next))
          return "wanted " + std::to_string(next) + ", got " + record.value;
        ++next;
      }
    }
    return "read " + std::to_string(next);
  };
  // The writer is a child too, so that the readers' processes are made by one that has nothing
  // open.
  Standing writing([&] {
    auto* log = open_log().release();
    auto* writer = open_writer(*log).release();
    std::thread([writer] {
      for (int at = 0; at < transaction_count; ++at) {
        take(writer->begin());
        for (int record = at * 10; record < at * 10 + 10; ++record) {
          take(try_produce(*writer, "events", "k", std::to_string(record)));
        }
        take(writer->commit({}));
        std::this_thread::sleep_for(Milliseconds{2});
      }
    }).detach();
  });
  ASSERT_TRUE(writing.ready());
  Child first(reading);
  Child second(reading);
  EXPECT_EQ(first.answer(), "read 1000");
  EXPECT_EQ(second.answer(), "read 1000");
}

TEST_F(EmbeddedProcessTest, processes_that_make_the_same_log_at_once_all_succeed) {
  // Many rounds: each of the races that this found was lost once in a hundred.
  for (int round = 0; round < 30; ++round) {
    std::filesystem::remove_all(folder());
    std::vector<Child> making;
    making.reserve(4);
    for (int process = 0; process < 4; ++process) {
      making.emplace_back([&] {
        const auto log = open_log();
        make_topic(*log, topic_spec("events", 3));
        make_topic(*log, topic_spec("checkpoint", 1, Cleanup::compact));
        return std::string("made");
      });
    }
    for (auto& child : making) EXPECT_EQ(child.answer(), "made");
    ASSERT_EQ(query(file(), "SELECT count(*) FROM topics").at(0).at(0), "2");
  }
}

}  // namespace wakestream::log::embedded
