// A role that reads the private events and writes what it makes of them, what was read and what is
// written being one transaction of the log: what all such roles have in common.
//
//   open the writer (which ends the days of an older one), then read where the group stands: that
//   is final. Read from there, decide, write, commit records and positions together. Whatever fails
//   is begun anew with another writer. What becomes of a failure: course.h.
//
// A role derives from it and fills in the four steps. One thread, the caller's of `run`.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "log/event_log.h"
#include "roles/capture/action.h"
#include "roles/reading/course.h"
#include "roles/reading/share.h"

namespace wakestream::reading {

struct Failure {
  Step step;
  log::Error error;
};
template <class T>
using Outcome = tl::expected<T, Failure>;

template <class T>
Outcome<T> at(Step step, log::Result<T> result) {
  if (!result) return tl::make_unexpected(Failure{step, std::move(result.error())});
  if constexpr (!std::is_void_v<T>) return std::move(*result);
  return Outcome<T>();
}

// For each call to the log.
inline constexpr log::Milliseconds log_deadline{10'000};

class ReadingRole {
 public:
  struct Options {
    std::string writer;  // the name of its writer: at most one of it can commit
    std::string group;
    std::string events;  // the topic that is read
    Share share = {};    // of its partitions: no others are read, looked at or committed
    std::string incarnation;
    Words words;
    Course::Settings course;
    std::function<void(const capture::action::Say&)> say;
    // Asked a few times a second.
    std::function<bool()> stop_requested;
  };

  ReadingRole(const ReadingRole&) = delete;
  ReadingRole& operator=(const ReadingRole&) = delete;

  // Runs until stopped or refused. The exit code: 0 as asked, 1 refused (the reason has been said).
  int run();

 protected:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  ReadingRole(log::EventLog& event_log, Options options);
  virtual ~ReadingRole() = default;

  // Before the writer is opened.
  virtual Outcome<void> make_topics() = 0;
  // The writer is open, and `reader` and `positions` stand where the group does.
  virtual Outcome<void> begin() = 0;
  // Reads, decides and writes some, and comes back within a second.
  virtual Outcome<void> step() = 0;
  // It is to stop, and the writer still is there: the last chance to put something on record.
  virtual Outcome<void> finish() { return {}; }
  // The writer and the reader are gone, for good or until `begin`.
  virtual void end() {}
  // Told with the last word.
  virtual Fields sums() const { return {}; }

  log::EventLog& event_log() { return log_; }
  log::Writer& writer() { return *writer_; }
  log::Reader& reader() { return *reader_; }
  // Where the group stands in its share; others are log::left_out.
  const Positions& positions() const { return positions_; }
  bool stop_requested() const { return options_.stop_requested(); }
  const std::string& group() const { return options_.group; }
  const std::string& events() const { return options_.events; }

  // In `begin`, of a group that has read nothing yet: what is there already is passed over.
  Outcome<void> begin_at_end();
  log::ConsumedOffsets consumed(const Positions& next) const;
  // A transaction was committed that moved the group there.
  void wrote(Positions next);
  // Nothing was for so long that the positions are to be committed again: Kafka forgets those of a
  // group that commits nothing (offsets.retention.minutes, seven days).
  bool is_quiet() const;
  void say(capture::action::Level level, std::string event, std::string message,
           Fields fields = {}) const;

 private:
  Outcome<void> work();
  Outcome<void> open();
  log::Result<std::vector<log::CommittedOffset>> ask_committed(log::Settled settled);
  Positions positions_of(const std::vector<log::CommittedOffset>& committed) const;
  bool by_another(const std::vector<log::CommittedOffset>& committed) const;
  log::Result<void> are_of_this_topic(const Positions& positions);
  void pause(std::int64_t pause_ms) const;

  log::EventLog& log_;
  const Options options_;
  Course course_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<log::Reader> reader_;
  Positions positions_;
  std::int64_t wrote_at_ms_ = 0;
  bool told_standby_ = false;
};

}  // namespace wakestream::reading
