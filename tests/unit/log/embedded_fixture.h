// Tests of what only the embedded log does: its files, its locks, its disk. What every log does is
// in tests/contract.
#pragma once

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/embedded/embedded_log.h"
#include "tests/contract/event_log_contract.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::log::embedded {

using contract::take;

// SQLite as any other program uses it: rows of columns as text, NULL as "NULL". Throws on an error.
std::vector<std::vector<std::string>> query(const std::string& file, const std::string& sql);

// A child process at its work. The child inherits nothing that it should not have: make logs
// inside. Made while this process has one thread only: a lock that another thread holds (an
// allocator's) would stay held in the child for ever.
class Child {
 public:
  explicit Child(const std::function<std::string()>& work);
  // Waits for the end: what the work answered, or how it ended.
  std::string answer();

 private:
  int pid_ = -1;
  int answers_fd_ = -1;
};

inline std::string in_child(const std::function<std::string()>& work) {
  return Child(work).answer();
}

class EmbeddedFixture : public testing::Test {
 protected:
  std::string folder() const { return temporary_.path() + "/log"; }
  std::string file() const { return folder() + "/capture.sqlite"; }
  std::unique_ptr<EventLog> open_log() const { return take(open_embedded_log(options())); }
  EmbeddedOptions options() const {
    EmbeddedOptions chosen;
    chosen.path = folder();
    return chosen;
  }

 private:
  contract::TemporaryFolder temporary_;
};

TopicSpec topic_spec(std::string_view name, std::int32_t partition_count = 1,
                     Cleanup cleanup = Cleanup::by_age);
void make_topic(EventLog& log, const TopicSpec& spec);
WriterOptions writer_options(Milliseconds open_deadline = Milliseconds{100});
std::unique_ptr<Writer> open_writer(EventLog& log);
Result<void> try_produce(Writer& writer, std::string_view topic, std::string_view key,
                         std::string_view value, std::int32_t partition = 0);
// One transaction of these values, or the first error.
Result<void> try_write(Writer& writer, std::string_view topic,
                       std::initializer_list<std::string_view> values);
void write(Writer& writer, std::string_view topic, std::initializer_list<std::string_view> values);
// All values that are committed now.
std::vector<std::string> read_all(EventLog& log, const std::string& topic);

}  // namespace wakestream::log::embedded
