// Where keys are kept: files that only their owner reads, and a command that is asked.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "keys/command_store.h"
#include "keys/folder_store.h"

namespace wakestream::keys {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* key_text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class KeyStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "wakestream-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    place_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(place_); }

  unsigned mode_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0U;
  }
  void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  std::string place_;
};

// ---- Files ----

class FolderStoreTest : public KeyStoreTest {
 protected:
  std::string folder() const { return place_ + "/a/keys"; }
  std::string file() const { return folder() + "/p.key"; }
  FolderStore store() const { return FolderStore(folder()); }
};

TEST_F(FolderStoreTest, a_key_is_made_once_and_nobody_else_may_read_it) {
  const auto made = store().get("p", WhenMissing::make);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(mode_of(file()), 0600U);
  EXPECT_EQ(mode_of(folder()), 0700U);
  for (const auto when : {WhenMissing::make, WhenMissing::fail})
    EXPECT_EQ(store().get("p", when)->reveal(), made->reveal());
  EXPECT_NE(store().get("q", WhenMissing::make)->reveal(), made->reveal());
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    files.insert(entry.path().filename());
  EXPECT_EQ(files, (std::set<std::string>{"p.key", "q.key"})) << "nothing is left of the making";
}

TEST_F(FolderStoreTest, a_wide_umask_opens_nothing) {
  const auto before = ::umask(0);
  const auto made = store().get("p", WhenMissing::make);
  ::umask(before);
  ASSERT_TRUE(made);
  EXPECT_EQ(mode_of(file()), 0600U);
  EXPECT_EQ(mode_of(folder()), 0700U);
}

TEST_F(FolderStoreTest, a_key_that_is_needed_and_gone_is_never_made_anew) {
  const auto gone = store().get("p", WhenMissing::fail);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::missing);
  EXPECT_THAT(gone.error().message, HasSubstr(file()));
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(FolderStoreTest, one_that_others_may_read_is_refused_and_what_mends_it_is_said) {
  ASSERT_TRUE(store().get("p", WhenMissing::make));
  for (const unsigned mode : {0640U, 0604U, 0660U, 0620U}) {
    ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    const auto refused = store().get("p", WhenMissing::make);
    ASSERT_FALSE(refused) << mode;
    EXPECT_EQ(refused.error().kind, ErrorKind::unusable);
    EXPECT_EQ(std::system(refused.error().mend.c_str()), 0);
    EXPECT_TRUE(store().get("p", WhenMissing::make));
  }
}

TEST_F(FolderStoreTest, a_file_that_is_no_key_stays_as_it_is) {
  ASSERT_TRUE(store().get("p", WhenMissing::make));
  const std::vector<std::string> texts{"", "0001", "not a key", key_text + std::string("00")};
  for (const auto& text : texts) {
    write(file(), text);
    const auto refused = store().get("p", WhenMissing::make);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::unusable);
    EXPECT_THAT(refused.error().message, HasSubstr("does not hold a key"));
    if (!text.empty()) {
      EXPECT_THAT(refused.error().message, Not(HasSubstr(text)));
    }
    EXPECT_EQ(std::filesystem::file_size(file()), text.size());
  }
}

TEST_F(FolderStoreTest, those_who_make_it_at_once_get_the_same) {
  std::vector<std::string> got(8);
  std::vector<pid_t> children;
  std::vector<int> readers;
  for (std::size_t number = 0; number < got.size(); ++number) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const auto child = ::fork();
    if (child == 0) {
      const auto key = store().get("p", WhenMissing::make);
      const auto text = key ? key->reveal() : key.error().message;
      ::_exit(::write(ends[1], text.data(), text.size()) > 0 ? 0 : 1);
    }
    ::close(ends[1]);
    readers.push_back(ends[0]);
  }
  for (std::size_t number = 0; number < got.size(); ++number) {
    char text[256];
    const auto size = ::read(readers[number], text, sizeof text);
    got[number].assign(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    ::close(readers[number]);
  }
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 1U);
  EXPECT_TRUE(Key::parse(got[0])) << got[0];
}

TEST_F(FolderStoreTest, a_place_that_cannot_be_written_is_named) {
  write(place_ + "/a", "a file where a folder should be");
  const auto refused = store().get("p", WhenMissing::make);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(place_ + "/a"));
}

// ---- A command ----

class CommandStoreTest : public KeyStoreTest {
 protected:
  Result<Key> ask(const std::string& script, int timeout_ms = 20'000) {
    CommandStore store({"sh", "-c", script, "sh"}, std::chrono::milliseconds{timeout_ms});
    return store.get("shop.pseudonym", WhenMissing::fail);
  }
};

TEST_F(CommandStoreTest, its_output_is_the_key_of_the_name_that_it_is_given) {
  const auto key = ask(std::string("[ \"$*\" = shop.pseudonym ] && echo ") + key_text);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->reveal(), key_text);
}

TEST_F(CommandStoreTest, it_gets_nothing_to_read_and_no_file_of_ours) {
  const auto key = ask(std::string("cat; ls /proc/self/fd | tr '\\n' ' ' >&2; echo ") + key_text);
  ASSERT_TRUE(key) << key.error().message;
  const auto files = ask("ls /proc/self/fd | tr '\\n' ' ' >&2; exit 3");
  // 3 is the folder that ls reads.
  EXPECT_THAT(files.error().message, HasSubstr("ended with 3 for the key shop.pseudonym: 0 1 2 3"));
}

TEST_F(CommandStoreTest, one_that_fails_is_asked_again_later_and_what_it_said_is_told) {
  const auto failed = ask("echo first >&2; printf 'permission \\033[1mdenied\\n\\n' >&2; exit 2");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(failed.error().message, HasSubstr("ended with 2"));
  EXPECT_THAT(failed.error().message, HasSubstr(": permission ?[1mdenied"));
}

TEST_F(CommandStoreTest, what_looks_like_a_key_is_never_told) {
  const auto said =
      ask(std::string("echo 'key is ") + key_text + " here' >&2; echo " + key_text + "; exit 1");
  ASSERT_FALSE(said);
  EXPECT_THAT(said.error().message, HasSubstr("key is (left out) here"));
  EXPECT_THAT(said.error().message, Not(HasSubstr("0001")));
}

TEST_F(CommandStoreTest, an_answer_that_is_no_key_is_refused_without_being_told) {
  for (const auto* output : {"hunter2", "", "00"}) {
    const auto refused = ask(std::string("printf '%s' '") + output + "'");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unusable);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("hunter2")));
  }
  const auto endless = ask("yes | head -c 10000000");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().kind, ErrorKind::unusable);
}

// Empty: there is no such process.
std::string state_of(pid_t process) {
  std::string word;
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  for (int at = 0; at < 3 && stat >> word; ++at) {
  }
  return stat ? word : "";
}

TEST_F(CommandStoreTest, after_the_timeout_it_is_killed_with_its_children) {
  const auto late =
      ask("sleep 100 & echo $! > '" + place_ + "/child'; wait; echo " + key_text, 2000);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(late.error().message, HasSubstr("did not end within"));
  pid_t child = 0;
  std::ifstream(place_ + "/child") >> child;
  ASSERT_GT(child, 0);
  // Gone, or a zombie that nobody has waited for yet; the signal has been sent, and takes its time.
  std::string state;
  for (int look = 0; look < 1000; ++look) {
    state = state_of(child);
    if (state.empty() || state == "Z") break;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_TRUE(state.empty() || state == "Z") << state;
}

TEST_F(CommandStoreTest, one_that_is_not_there_is_named) {
  CommandStore store({place_ + "/nobody"}, std::chrono::seconds{5});
  const auto missing = store.get("p", WhenMissing::make);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(missing.error().message, HasSubstr(place_ + "/nobody cannot be started"));
  EXPECT_THAT(ask("kill -9 $$").error().message, HasSubstr("ended by signal 9"));
}

}  // namespace
}  // namespace wakestream::keys
