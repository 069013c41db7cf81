// The event log as an instance of the program meets it: replies that get lost, commits that come
// late.
#include "tests/simulation/instance.h"

#include <utility>

namespace wakestream::simulation {

namespace input = capture::input;
namespace action = capture::action;
using capture::Input;
using capture::State;

Input Instance::checkpoint_now() const {
  input::CheckpointRead answer;
  if (!world_.log.checkpoints.empty()) answer.checkpoint = world_.log.checkpoints.back();
  if (answer.checkpoint && mutation_ == Mutation::forget_control_position)
    answer.checkpoint->control = {};
  if (answer.checkpoint && answer.checkpoint->snapshot &&
      mutation_ == Mutation::forget_snapshot_position)
    answer.checkpoint->snapshot->position = {};
  answer.event_partition_count = 1;
  answer.events_exist = !world_.log.events.empty();
  return answer;
}

void Instance::read_checkpoint(const action::ReadCheckpoint& what) {
  const auto delay = world_.random.between(1, 40);
  const auto state = machine_.state();
  if (mutation_ == Mutation::read_before_fencing &&
      (state == State::reading || state == State::doubt_rereading)) {
    return answer_in(delay, read_early_);
  }
  world_.clock.in(delay, [this, what] {
    const bool undecided = what.settled == log::Settled::required && world_.log.late.has_value();
    if (world_.log.away || undecided) {
      return feed(input::LogFailed{{log::ErrorKind::unreachable, "no answer"}});
    }
    if (what.with_context && alive_) catch_up_with_context();
    feed(checkpoint_now());
  });
}

void Instance::open_writer() {
  read_early_ = checkpoint_now();
  const auto delay =
      world_.random.between(1, mutation_ == Mutation::read_before_fencing ? 500 : 40);
  world_.clock.in(delay, [this] {
    auto& log = world_.log;
    if (!alive_) return;  // the request died with its process
    if (log.away) return feed(input::LogFailed{{log::ErrorKind::unreachable, "no answer"}});
    if (!log.fences && log.writer_process != 0 && log.writer_process != process_) {
      return feed(input::LogFailed{
          {log::ErrorKind::held, "held by process " + std::to_string(log.writer_process)}});
    }
    writer_ = log.open_writer(world_.random, process_);
    feed(input::WriterOpened{});
  });
}

// Nobody knows what became of the write. A mutant takes that for "it did not happen" and sends it
// again by the same writer.
void Instance::in_doubt(const action::Write& what, std::int64_t delay_ms) {
  if (mutation_ == Mutation::reuse_writer_in_doubt && machine_.state() == State::streaming &&
      writer_ == world_.log.writer) {
    auto again = what;
    again.records = action::Write::Records::again;
    world_.clock.in(delay_ms + 1, [this, again] {
      if (alive_) write_now(again, in_flight_);
    });
    return;
  }
  answer_in(delay_ms, input::InDoubt{{log::ErrorKind::in_doubt, "timed out"}});
}

// Before anything else the server is asked, where that is wanted, and by a connection of its own.
void Instance::write(const action::Write& what) {
  using Records = action::Write::Records;
  if (what.records == Records::sealed) {
    in_flight_ = std::exchange(sealed_, {});
    layers_.send_sealed();
  }
  if (what.records == Records::open) {
    in_flight_ = std::exchange(open_, {});
    layers_.send_open();
  }
  const auto records = what.records == Records::none ? std::vector<EventRecord>{} : in_flight_;
  if (!what.asks_timeline || mutation_ == Mutation::trust_the_timeline)
    return write_now(what, records);
  auto* const server = connected_;
  world_.clock.in(world_.random.below(20), [this, server, records, what] {
    if (!alive_) return;
    if (server == nullptr || !server->up) return feed(input::NotWritten{0, "nobody answers"});
    if (server->timeline != what.checkpoint.timeline)
      return feed(input::NotWritten{server->timeline, ""});
    write_now(what, records);
  });
}

void Instance::write_now(const action::Write& what, const std::vector<EventRecord>& records) {
  using Records = action::Write::Records;
  if (mutation_ == Mutation::skip_idle_checkpoint && what.records == Records::none &&
      machine_.state() == State::streaming) {
    return answer_in(1, input::Committed{});
  }
  if (mutation_ == Mutation::begin_before_the_fill_is_committed &&
      machine_.state() == State::filling_context) {
    world_.clock.in(world_.random.between(1, 3'000), [this, records] {
      auto& topic = world_.log.context;
      if (alive_) topic.insert(topic.end(), records.begin(), records.end());
    });
    return answer_in(1, input::Committed{});
  }
  if (mutation_ == Mutation::acknowledge_before_commit && streaming_ && connected_ != nullptr &&
      connected_->slot && machine_.state() == State::streaming) {
    connected_->slot->confirmed =
        std::max(connected_->slot->confirmed, what.checkpoint.read_through);
  }
  auto& random = world_.random;
  const auto writer = writer_;
  const auto& faults = world_.faults;
  const bool fails = !faults.quiet && random.chance(faults.commit_fails);
  const bool reply_lost = !faults.quiet && random.chance(faults.commit_reply_lost);
  const bool late = !faults.quiet && world_.log.fences && random.chance(faults.commit_late);
  // Two moments: the log decides, then the process learns of it. It may die, or be fenced, before
  // either.
  world_.clock.in(random.between(1, 30), [this, writer, records, what, fails, reply_lost, late] {
    auto& log = world_.log;
    // A broker that is away is not always known to be at once.
    const bool silent = log.away && world_.random.chance(30);
    const auto learns =
        silent ? world_.random.between(5'000, 15'000) : world_.random.between(0, 20);
    if (!alive_ && !log.fences) return;  // SQLite works inside the process: it died with it
    const bool undecided = log.late && mutation_ != Mutation::reuse_writer_in_doubt;
    if (writer != log.writer || log.away || fails || undecided) return in_doubt(what, learns);
    if (late && !log.late) {
      log.late = Log::Late{writer, records, what.checkpoint};
      world_.clock.in(world_.random.between(1, 3000), [this, writer] {
        if (!world_.log.late || world_.log.late->writer != writer) return;
        world_.log.apply(world_.log.late->records, world_.log.late->checkpoint);
        world_.log.late.reset();
      });
      return in_doubt(what, learns);
    }
    log.apply(records, what.checkpoint);
    if (reply_lost) return in_doubt(what, learns);
    answer_in(learns, input::Committed{});
  });
}

}  // namespace wakestream::simulation
