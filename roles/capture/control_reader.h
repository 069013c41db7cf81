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
#include "roles/capture/prepared_command.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

class ControlReader {
 public:
  struct Options {
    // Reads the rule files anew; the error is sentences for an operator.
    std::function<tl::expected<mapping::RuleSet, std::string>()> load_rules;
    cdc::SessionOptions session;
    std::string publication;
    // An eventfd that becomes readable when the rules are to be loaded anew; -1: there is none.
    int reload_fd = -1;
    std::string context_table;  // of the account context; empty: there is none
  };

  // `event_log` and `topics` outlive the reader.
  ControlReader(log::EventLog& event_log, const Topics& topics, Options options);
  ~ControlReader();  // waits for a preparation that is on its way
  ControlReader(const ControlReader&) = delete;
  ControlReader& operator=(const ControlReader&) = delete;

  // What the rules in force are from now on.
  void set_rules(std::shared_ptr<const mapping::RuleSet> rules);
  // Tables are looked at where the stream is read.
  void set_server(cdc::ServerInstance server);
  // Begins, or goes on, with the first command that is not before `next`.
  void read_from(ControlPosition next);
  // Readable while a prepared command waits.
  int wakeup_fd() const { return wakeup_fd_; }
  std::optional<PreparedCommand> take();

 private:
  void run();
  std::optional<PreparedCommand> next_command();
  std::optional<PreparedCommand> next_of_topic();
  PreparedCommand prepare(Command command, std::int64_t offset, std::int64_t step);
  void prepare_rules(PreparedCommand& prepared);
  void prepare_replay(PreparedCommand& prepared);
  void prepare_snapshot(PreparedCommand& prepared);
  cdc::SessionOptions session();
  // The published tables now, and the server's position then; nothing, with the refusal filled in,
  // when they cannot be read.
  std::optional<std::vector<cdc::PublishedTable>> look_at_tables(PreparedCommand& prepared);

  log::EventLog& log_;
  const Topics& topics_;
  Options options_;
  // The thread's own.
  std::unique_ptr<log::Reader> reader_;
  std::int64_t last_offset_ = -1;  // read by it
  std::optional<Command> last_command_;
  std::int64_t replayed_offset_ = -1;     // the command that
  std::unique_ptr<ReplaySource> replay_;  // is for, while it has steps left

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  std::shared_ptr<const mapping::RuleSet> rules_;
  std::optional<cdc::ServerInstance> server_;
  std::optional<ControlPosition> next_;      // the next command is wanted, from here on
  std::optional<PreparedCommand> prepared_;  // until it is taken
  int wakeup_fd_ = -1;
  std::thread thread_;
};

}  // namespace wakestream::capture
