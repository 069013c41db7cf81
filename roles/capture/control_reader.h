// The thread that reads commands, and prepares each so that carrying it out cannot fail: new rules
// are loaded and compared with the tables while the stream goes on.
//
// One command at a time: it is handed over once, and the next is read after done(). Errors of the
// log are waited out; the capture itself says that the log is away. Used by the loop's thread
// alone.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "cdc/session/replication_session.h"
#include "log/event_log.h"
#include "mapping/rule_set.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/command.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

struct PreparedCommand {
  Command command;
  std::int64_t offset = -1;  // below 0: a signal
  std::string refusal;       // why it cannot be done; then only the decision is written
  cdc::Lsn not_before;       // the server's end when the rules were compared with its tables
  std::shared_ptr<const mapping::RuleSet> rules;
  Decision decision;  // filled in by whoever carries it out
};

class ControlReader {
 public:
  struct Options {
    // Reads the rule files anew; the error is sentences for an operator.
    std::function<tl::expected<mapping::RuleSet, std::string>()> load_rules;
    cdc::SessionOptions session;
    std::string publication;
    // An eventfd that becomes readable when the rules are to be loaded anew; -1: there is none.
    int reload_fd = -1;
  };

  // `event_log` and `topics` outlive the reader.
  ControlReader(log::EventLog& event_log, const Topics& topics, Options options);
  ~ControlReader();  // waits for a preparation that is on its way
  ControlReader(const ControlReader&) = delete;
  ControlReader& operator=(const ControlReader&) = delete;

  // Begins, or goes on, with the first command that is not before `next`.
  void read_from(ControlPosition next);
  // Readable while a prepared command waits.
  int wakeup_fd() const { return wakeup_fd_; }
  std::optional<PreparedCommand> take();

 private:
  void run();
  std::optional<PreparedCommand> next_command();
  std::optional<PreparedCommand> next_of_topic();
  PreparedCommand prepare(Command command, std::int64_t offset);
  void prepare_rules(PreparedCommand& prepared);

  log::EventLog& log_;
  const Topics& topics_;
  Options options_;
  // The thread's own.
  std::unique_ptr<log::Reader> reader_;
  std::int64_t last_offset_ = -1;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::optional<ControlPosition> next_;      // the next command is wanted, from here on
  std::optional<PreparedCommand> prepared_;  // until it is taken
  int wakeup_fd_ = -1;
  std::thread thread_;
};

}  // namespace wakestream::capture
