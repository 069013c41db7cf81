#include "tests/unit/log/embedded_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wakestream::log::embedded {

std::vector<std::vector<std::string>> query(const std::string& file, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> handle(opened, sqlite3_close);
  if (code != SQLITE_OK) throw std::runtime_error("cannot open " + file);
  std::vector<std::vector<std::string>> rows;
  char* message = nullptr;
  const auto add_row = [](void* context, int count, char** values, char**) {
    auto& row = static_cast<std::vector<std::vector<std::string>>*>(context)->emplace_back();
    for (int column = 0; column < count; ++column)
      row.emplace_back(values[column] == nullptr ? "NULL" : values[column]);
    return 0;
  };
  if (sqlite3_exec(opened, sql.c_str(), add_row, &rows, &message) != SQLITE_OK) {
    const std::string text = message;
    sqlite3_free(message);
    throw std::runtime_error(sql + ": " + text);
  }
  return rows;
}

Child::Child(const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    std::string answer;
    try {
      answer = work();
    } catch (const std::exception& failure) {
      answer = failure.what();
    }
    const auto written = ::write(ends[1], answer.data(), answer.size());
    ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  answers_fd_ = ends[0];
}

std::string Child::answer() {
  std::string answer;
  char part[4096];
  for (ssize_t size = 0; (size = ::read(answers_fd_, part, sizeof part)) > 0;) {
    answer.append(part, static_cast<std::size_t>(size));
  }
  ::close(answers_fd_);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit code " + std::to_string(WEXITSTATUS(status));
  return answer;
}

TopicSpec topic_spec(std::string_view name, std::int32_t partition_count, Cleanup cleanup) {
  TopicSpec spec;
  spec.name = name;
  spec.writer = "capture";
  spec.partition_count = partition_count;
  spec.cleanup = cleanup;
  return spec;
}

void make_topic(EventLog& log, const TopicSpec& spec) {
  take(log.ensure_topics({&spec, 1}, true, Milliseconds{5'000}));
}

WriterOptions writer_options(Milliseconds open_deadline) {
  WriterOptions options;
  options.name = "capture";
  options.incarnation = "a-host 17 today";
  options.open_deadline = open_deadline;
  options.transaction_deadline = Milliseconds{5'000};
  return options;
}

std::unique_ptr<Writer> open_writer(EventLog& log) {
  return take(log.open_writer(writer_options()));
}

Result<void> try_produce(Writer& writer, std::string_view topic, std::string_view key,
                         std::string_view value, std::int32_t partition) {
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.key = key;
  record.value = value;
  record.timestamp_ms = 1'700'000'000'000;
  return writer.produce(record);
}

Result<void> try_write(Writer& writer, std::string_view topic,
                       std::initializer_list<std::string_view> values) {
  auto done = writer.begin();
  for (const auto value : values) {
    if (done) done = try_produce(writer, topic, "k", value);
  }
  if (done) done = writer.commit({});
  return done;
}

void write(Writer& writer, std::string_view topic, std::initializer_list<std::string_view> values) {
  take(try_write(writer, topic, values));
}

std::vector<std::string> read_all(EventLog& log, const std::string& topic) {
  const auto reader = take(log.open_reader(topic, ReadFrom::earliest));
  std::vector<std::string> values;
  for (bool at_end = false; !at_end;) {
    auto batch = take(reader->poll(1'000, Milliseconds{0}));
    for (auto& record : batch.records) values.push_back(std::move(record.value));
    at_end = reader->at_end();
  }
  return values;
}

}  // namespace wakestream::log::embedded
