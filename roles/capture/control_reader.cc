#include "roles/capture/control_reader.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "roles/capture/snapshot_plan.h"
#include "roles/capture/table_check.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

namespace {

// How soon a command is seen. A poll of an idle topic costs microseconds.
constexpr std::chrono::milliseconds pace{200};

}  // namespace

ControlReader::ControlReader(log::EventLog& event_log, const Topics& topics, Options options)
    : log_(event_log),
      topics_(topics),
      options_(std::move(options)),
      wakeup_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

ControlReader::~ControlReader() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
  close(wakeup_fd_);
}

void ControlReader::set_rules(std::shared_ptr<const mapping::RuleSet> rules) {
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

void ControlReader::set_server(cdc::ServerInstance server) {
  const std::lock_guard lock(mutex_);
  server_ = std::move(server);
}

cdc::SessionOptions ControlReader::session() {
  auto session = options_.session;
  const std::lock_guard lock(mutex_);
  session.only = server_;
  return session;
}

void ControlReader::read_from(ControlPosition next) {
  {
    const std::lock_guard lock(mutex_);
    if (prepared_) return;  // it is still to be judged
    next_ = next;
  }
  changed_.notify_one();
}

std::optional<PreparedCommand> ControlReader::take() {
  const std::lock_guard lock(mutex_);
  if (!prepared_) return std::nullopt;
  eventfd_t count = 0;
  eventfd_read(wakeup_fd_, &count);
  return std::exchange(prepared_, std::nullopt);
}

void ControlReader::run() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    changed_.wait(lock, [this] { return ends_ || next_; });
    if (ends_) return;
    lock.unlock();
    auto found = next_command();
    lock.lock();
    if (found) {
      prepared_ = std::move(found);
      next_.reset();
      eventfd_write(wakeup_fd_, 1);
    } else {
      changed_.wait_for(lock, pace, [this] { return ends_; });
    }
  }
}

std::optional<PreparedCommand> ControlReader::next_command() {
  eventfd_t signals = 0;
  if (options_.reload_fd >= 0 && eventfd_read(options_.reload_fd, &signals) == 0) {
    const auto now = wall_ms();
    Command command;
    command.name = Command::reload_rules;
    command.id = fmt::format("signal-{}", now);
    command.who = "SIGHUP";
    command.given_at_ms = now;
    return prepare(std::move(command), -1, 0);
  }
  return next_of_topic();
}

std::optional<PreparedCommand> ControlReader::next_of_topic() {
  ControlPosition next;
  {
    const std::lock_guard lock(mutex_);
    if (ends_) return std::nullopt;
    next = *next_;
  }
  const auto from = next.next_offset;
  // The next step of the command that was read last.
  if (from == last_offset_ && last_command_) return prepare(*last_command_, from, next.step);
  if (from <= last_offset_) reader_.reset();
  if (!reader_) {
    last_offset_ = -1;
    auto opened = log_.open_reader(topics_.control, log::ReadFrom::earliest);
    if (!opened) return std::nullopt;
    reader_ = std::move(*opened);
  }
  while (true) {
    const auto batch = reader_->poll(1, log::Milliseconds{0});
    if (!batch) {
      reader_.reset();
      return std::nullopt;
    }
    if (batch->records.empty()) return std::nullopt;
    const auto& record = batch->records.front();
    if (record.offset < from) continue;
    last_offset_ = record.offset;
    auto command = decode_command(record.value);
    last_command_ = command ? std::optional(*command) : std::nullopt;
    if (command)
      return prepare(std::move(*command), record.offset, record.offset == from ? next.step : 0);
    PreparedCommand refused;
    refused.command.id = record.key;
    refused.offset = record.offset;
    refused.refusal = command.error();
    return refused;
  }
}

PreparedCommand ControlReader::prepare(Command command, std::int64_t offset, std::int64_t step) {
  PreparedCommand prepared;
  prepared.command = std::move(command);
  prepared.offset = offset;
  prepared.step = step;
  if (prepared.command.name == Command::reload_rules) prepare_rules(prepared);
  if (prepared.command.name == Command::replay_quarantine) prepare_replay(prepared);
  if (prepared.command.name.starts_with("snapshot_")) prepare_snapshot(prepared);
  return prepared;
}

void ControlReader::prepare_rules(PreparedCommand& prepared) {
  auto loaded = options_.load_rules();
  if (!loaded) {
    prepared.refusal = loaded.error();
    return;
  }
  const auto& wanted = prepared.command.rules_hash;
  if (!wanted.empty() && wanted != loaded->hash()) {
    prepared.refusal = fmt::format(
        "the command was given for rules {}, and the files that the capture reads hold rules {}: "
        "bring the same files to it, then give the command again",
        wanted, loaded->hash());
    return;
  }
  const auto tables = look_at_tables(prepared);
  if (!tables) return;
  const auto problems = check_tables(*loaded, nullptr, *tables, options_.publication);
  if (!problems.empty()) {
    prepared.refusal = "the rules do not fit the database:";
    for (const auto& problem : problems) prepared.refusal += "\n  " + problem;
    return;
  }
  prepared.rules = std::make_shared<const mapping::RuleSet>(std::move(*loaded));
}

std::optional<std::vector<cdc::PublishedTable>> ControlReader::look_at_tables(
    PreparedCommand& prepared) {
  const auto unreadable = [&prepared](const cdc::Error& error) {
    prepared.refusal = "the tables could not be looked at: " + error.message;
    return std::nullopt;
  };
  auto session = cdc::ReplicationSession::connect(this->session());
  if (!session) return unreadable(session.error());
  auto tables = (*session)->published_tables(options_.publication);
  if (!tables) return unreadable(tables.error());
  const auto server = (*session)->identify();
  if (!server) return unreadable(server.error());
  // Rows from before the tables were as they are now are the old rules' matter.
  prepared.not_before = server->wal_end;
  return std::move(*tables);
}

void ControlReader::prepare_snapshot(PreparedCommand& prepared) {
  using Kind = SnapshotChange::Kind;
  const auto& command = prepared.command;
  SnapshotChange change;
  change.id = command.id;
  change.kind = command.name == Command::snapshot_start    ? Kind::start
                : command.name == Command::snapshot_pause  ? Kind::pause
                : command.name == Command::snapshot_resume ? Kind::resume
                                                           : Kind::cancel;
  if (change.kind == Kind::start) {
    std::shared_ptr<const mapping::RuleSet> rules;
    {
      const std::lock_guard lock(mutex_);
      rules = rules_;
    }
    auto tables = plan_snapshot(command.tables, command.where, *rules, options_.context_table,
                                session(), options_.publication);
    if (!tables) {
      prepared.refusal = tables.error().message;
      return;
    }
    if (tables->empty()) {
      prepared.refusal =
          "no rule makes an event of a SNAPSHOT row: give one to a table (op = 'SNAPSHOT'), and "
          "reload the rules";
      return;
    }
    change.tables = std::move(*tables);
    change.differences = command.differences;
    change.consumer = command.consumer;
  }
  prepared.snapshot = std::move(change);
}

// The source stays open for the steps that follow; where it does not stand at the step that is
// wanted, somebody else went on meanwhile, and it is opened anew.
void ControlReader::prepare_replay(PreparedCommand& prepared) {
  const auto& command = prepared.command;
  if (!replay_ || replayed_offset_ != prepared.offset || replay_->position() != prepared.step) {
    const auto published = look_at_tables(prepared);
    if (!published) return;
    auto source = ReplaySource::open(log_, topics_.quarantine, {command.rule, command.table},
                                     prepared.step, command.end_offset, tables_of(*published), {});
    if (!source) {
      prepared.refusal = source.error().message;
      return;
    }
    replay_ = std::move(*source);
    replayed_offset_ = prepared.offset;
  }
  auto step = replay_->next();
  if (!step) {
    replay_.reset();
    prepared.refusal = step.error().message;
    return;
  }
  prepared.replay = std::move(*step);
  if (!prepared.replay->next_step) replay_.reset();
}

}  // namespace wakestream::capture
