// What the configuration can get wrong, and where the files go.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::HasSubstr;

class EmbeddedOptionsTest : public EmbeddedFixture {};

TEST_F(EmbeddedOptionsTest, opening_a_log_touches_no_file) {
  const auto log = open_log();
  EXPECT_FALSE(log->open_reader("events", ReadFrom::earliest));
  EXPECT_FALSE(std::filesystem::exists(folder()));
}

TEST_F(EmbeddedOptionsTest, the_folder_is_for_its_owner_alone) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  struct stat found{};
  ASSERT_EQ(::stat(folder().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(EmbeddedOptionsTest, missing_folders_above_are_made_too) {
  auto deep = options();
  deep.path = folder() + "/a/b/";
  const auto log = take(open_embedded_log(deep));
  make_topic(*log, topic_spec("events"));
  EXPECT_TRUE(std::filesystem::exists(folder() + "/a/b/capture.sqlite"));
}

TEST_F(EmbeddedOptionsTest, a_log_needs_a_path_and_sane_limits) {
  auto wrong = options();
  wrong.path = "";
  EXPECT_EQ(open_embedded_log(wrong).error().kind, ErrorKind::bad_option);
  wrong = options();
  wrong.file_bytes_max = -1;
  EXPECT_EQ(open_embedded_log(wrong).error().kind, ErrorKind::bad_option);
  wrong = options();
  wrong.record_bytes_max = 0;
  EXPECT_EQ(open_embedded_log(wrong).error().kind, ErrorKind::bad_option);
}

TEST_F(EmbeddedOptionsTest, a_path_that_is_a_file_is_refused) {
  std::ofstream(folder()) << "something else";
  const auto log = open_log();
  const auto writer = log->open_writer(writer_options());
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind, ErrorKind::bad_option);
  EXPECT_THAT(writer.error().message, HasSubstr(folder()));
}

TEST_F(EmbeddedOptionsTest, names_are_held_to_kafkas_rule) {
  const auto log = open_log();
  for (const auto& name : {std::string(), std::string("a b"), std::string("a/b"),
                           std::string("a'b"), std::string(".."), std::string(250, 'x')}) {
    const auto spec = topic_spec(name);
    const auto refused = log->ensure_topics({&spec, 1}, true, Milliseconds{100});
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_option);
    auto writer = writer_options();
    writer.name = name;
    EXPECT_EQ(log->open_writer(writer).error().kind, ErrorKind::bad_option) << name;
  }
}

TEST_F(EmbeddedOptionsTest, a_topic_has_1_to_64_partitions) {
  const auto log = open_log();
  for (const auto count : {-1, 0, 65}) {
    const auto spec = topic_spec("events", count);
    EXPECT_EQ(log->ensure_topics({&spec, 1}, true, Milliseconds{100}).error().kind,
              ErrorKind::bad_option)
        << count;
  }
  make_topic(*log, topic_spec("events", 64));
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  take(reader->poll(1, Milliseconds{0}));
  EXPECT_TRUE(reader->at_end());
}

TEST_F(EmbeddedOptionsTest, a_file_holds_500_partitions_and_refuses_more_without_harm) {
  const auto log = open_log();
  for (int at = 0; at < 7; ++at) make_topic(*log, topic_spec("topic" + std::to_string(at), 64));
  const auto spec = topic_spec("one-too-many", 64);
  EXPECT_EQ(log->ensure_topics({&spec, 1}, true, Milliseconds{100}).error().kind,
            ErrorKind::bad_option);
  EXPECT_EQ(log->open_reader(spec.name, ReadFrom::earliest).error().kind, ErrorKind::topic_missing);
  make_topic(*log, topic_spec("smaller", 52));
  EXPECT_EQ(query(file(), "SELECT count(*) FROM records").at(0).at(0), "0");
}

TEST_F(EmbeddedOptionsTest, a_topic_of_another_writer_is_refused) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  auto spec = topic_spec("events");
  spec.writer = "publish";
  const auto refused = log->ensure_topics({&spec, 1}, true, Milliseconds{100});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::topic_shape);
  EXPECT_THAT(refused.error().message, HasSubstr("capture.sqlite"));
}

TEST_F(EmbeddedOptionsTest, latest_needs_a_compacted_topic_of_one_partition) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  make_topic(*log, topic_spec("context", 2, Cleanup::compact));
  for (const auto* topic : {"events", "context"}) {
    EXPECT_EQ(log->latest(topic, "k", Settled::required, Milliseconds{100}).error().kind,
              ErrorKind::topic_shape);
  }
}

TEST_F(EmbeddedOptionsTest, a_folder_of_another_user_is_denied) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto answer = in_child([&]() -> std::string {
    // Root may enter every folder; anybody else cannot become another user, but can shut himself
    // out.
    const bool shut = ::geteuid() == 0 ? ::setuid(65534) == 0 : ::chmod(folder().c_str(), 0) == 0;
    if (!shut) return "still in";
    const auto other = open_log();
    const auto writer = other->open_writer(writer_options());
    const auto reader = other->open_reader("events", ReadFrom::earliest);
    if (writer || reader) return "opened";
    const bool denied =
        writer.error().kind == ErrorKind::denied && reader.error().kind == ErrorKind::denied;
    return denied ? "denied" : writer.error().message + "; " + reader.error().message;
  });
  ::chmod(folder().c_str(), 0700);
  EXPECT_EQ(answer, "denied");
}

}  // namespace wakestream::log::embedded
