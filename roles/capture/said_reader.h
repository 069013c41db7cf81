// The thread that reads what was said from the log's events into an index (context/said_index.h),
// so that the stream goes on meanwhile.
//
// It reads from what retention has left to what is committed, and no further. Where retention takes
// records that it has yet to read, it begins anew: the newest of an account may be among them.
//
// One reading at a time. Used by the loop's thread alone.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "context/said_index.h"
#include "log/event_log.h"

namespace wakestream::capture {

class SaidReader {
 public:
  using Index = std::unique_ptr<context::SaidIndex>;
  struct Progress {  // records, of all partitions
    std::uint64_t read = 0;
    std::uint64_t to_read = 0;
  };
  struct Problem {
    std::string message;
    bool passing = false;  // the log is away
  };
  using Answer = tl::expected<Index, Problem>;

  // `event_log` and `topic` outlive it. `wake` is called by its thread when there is an answer or
  // a progress to take.
  SaidReader(log::EventLog& event_log, const std::string& topic, std::function<void()> wake);
  ~SaidReader();  // waits for what the log is asked
  SaidReader(const SaidReader&) = delete;
  SaidReader& operator=(const SaidReader&) = delete;

  // Of events of these types; their number is their place.
  void begin(std::vector<std::string> types);
  // From where the index stands to what is committed by now. Only behind an answer, which it was.
  void go_on(Index index);
  // Nothing is wanted any more. What the thread holds of the log is given back.
  void drop();
  std::optional<Answer> take();
  std::optional<Progress> take_progress();

 private:
  struct Task {
    std::vector<std::string> types;
    Index index;  // null: from the beginning
  };
  struct Reading;

  void run();
  Answer carry_out(Task task);
  Answer read(Reading& reading);
  tl::expected<void, Problem> open(Reading& reading);
  tl::expected<void, Problem> take_records(Reading& reading,
                                           const std::vector<log::StoredRecord>& records);
  void tell(Reading& reading);

  log::EventLog& log_;
  const std::string& topic_;
  std::function<void()> wake_;
  std::unique_ptr<Reading> reading_;   // the thread's own
  std::atomic<bool> unwanted_{false};  // what is being read

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  bool gives_back_ = false;
  std::uint64_t wanted_ = 0;  // rises with each task, and with drop
  std::optional<Task> task_;
  std::optional<Answer> answer_;
  std::optional<Progress> progress_;
  std::thread thread_;
};

}  // namespace wakestream::capture
