#include "roles/deliver/command_desk.h"

#include <fmt/format.h>

#include <utility>

#include "roles/deliver/letter_choice.h"

namespace wakestream::deliver {

namespace {

constexpr std::int64_t look_pause_ms = 200;
// How often a replay out of the log says how far it has come.
constexpr std::int64_t tell_pause_ms = 2'000;
// Accounts that a replay goes through in one transaction.
constexpr std::size_t accounts_at_once = 200;

}  // namespace

CommandDesk::CommandDesk(log::EventLog& event_log, const Topics& topics, std::string consumer,
                         std::string incarnation, IsSubscribed is_subscribed)
    : log_(event_log),
      topics_(topics),
      consumer_(std::move(consumer)),
      incarnation_(std::move(incarnation)),
      is_subscribed_(std::move(is_subscribed)) {}

log::Result<void> CommandDesk::begin(const Recorded& recorded, Lanes& lanes, LaneStore& store,
                                     DeliveryRecords& records, std::int64_t now_ms) {
  replay_.reset();
  log_replay_.reset();
  if (!recorded.replays.empty()) {
    const auto& replay = recorded.replays.begin()->second;
    auto opened = LogReplay::open(log_, topics_.events, replay, lanes, store);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    log_replay_ = std::move(*opened);
  }
  state_ = recorded.state().value_or(ConsumerState{});
  if (recorded.states.empty()) {
    auto ends = log_.end_offsets(topics_.control, log::Milliseconds{10'000});
    if (!ends) return tl::unexpected(std::move(ends.error()));
    state_.commands_read = ends->front();
    records.state(state_, now_ms);
  }
  read_next_ = state_.commands_read;
  auto reader = log_.open_reader_at(topics_.control, {&read_next_, 1});
  // The place moves with this consumer's commands alone, so retention may have passed it.
  if (!reader && reader.error().kind == log::ErrorKind::removed)
    reader = log_.open_reader(topics_.control, log::ReadFrom::earliest);
  if (!reader) return tl::unexpected(std::move(reader.error()));
  reader_ = std::move(*reader);
  return {};
}

log::Result<void> CommandDesk::step(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                                    std::int64_t now_ms) {
  if (replay_) {
    go_on(lanes, store, records, now_ms);
    return {};
  }
  if (log_replay_)
    if (auto gone_on = go_on_with_log(lanes, store, records, now_ms); !gone_on) return gone_on;
  if (now_ms - looked_at_ms_ < look_pause_ms) return {};
  looked_at_ms_ = now_ms;
  return read(lanes, store, records, now_ms);
}

// A replay holds up the commands behind it, so one is read at a time.
log::Result<void> CommandDesk::read(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                                    std::int64_t now_ms) {
  while (!replay_) {
    auto batch = reader_->poll(1, log::Milliseconds{0});
    if (!batch && batch.error().kind == log::ErrorKind::removed) continue;  // said once
    if (!batch) return tl::unexpected(std::move(batch.error()));
    if (batch->records.empty()) return {};
    const auto& record = batch->records.front();
    read_next_ = record.offset + 1;
    // What is no command that this release knows is for another one.
    const auto command = decode_command(record.value);
    if (!command || command->consumer != consumer_) continue;
    if (auto taken = take(*command, lanes, store, records, now_ms); !taken) return taken;
  }
  return {};
}

log::Result<void> CommandDesk::take(const Command& command, Lanes& lanes, LaneStore& store,
                                    DeliveryRecords& records, std::int64_t now_ms) {
  if (command.name == Command::replay) {
    replay_ = Replay{command, {}, 0};
    return {};
  }
  if (command.name == Command::replay_log)
    return begin_log_replay(command, lanes, store, records, now_ms);
  if (command.name == Command::replay_stop) {
    if (!log_replay_) {
      decide(command, {.refusal = "no replay out of the log is going on"}, now_ms, records);
      return {};
    }
    const auto moved = log_replay_->state().moved;
    end_log_replay("it was stopped; what it had moved goes out", lanes, records, now_ms);
    decide(command, {.moved = moved}, now_ms, records);
    return {};
  }
  set_paused(command.name == Command::pause, command.who, command.why, now_ms);
  lanes.set_paused(state_.paused);
  decide(command, {}, now_ms, records);
  return {};
}

log::Result<void> CommandDesk::begin_log_replay(const Command& command, Lanes& lanes,
                                                LaneStore& store, DeliveryRecords& records,
                                                std::int64_t now_ms) {
  if (log_replay_) {
    decide(command,
           {.refusal = fmt::format("replay {} is going on: wait for it, or stop it (--stop)",
                                   log_replay_->state().command.id)},
           now_ms, records);
    return {};
  }
  LogReplayState state{.command = command};
  for (const auto& progress : lanes.all_progress()) {
    state.next.push_back(0);
    state.end.push_back(progress.end());
  }
  auto opened = LogReplay::open(log_, topics_.events, std::move(state), lanes, store);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  log_replay_ = std::move(*opened);
  records.log_replay(log_replay_->state(), now_ms);
  decide(command, {.more = true}, now_ms, records);
  told_at_ms_ = now_ms;
  return {};
}

log::Result<void> CommandDesk::go_on_with_log(Lanes& lanes, LaneStore& store,
                                              DeliveryRecords& records, std::int64_t now_ms) {
  const auto moved_before = log_replay_->state().moved;
  const auto done = log_replay_->step(lanes, store, is_subscribed_, now_ms);
  if (!done) return tl::unexpected(done.error());
  if (*done) {
    end_log_replay({}, lanes, records, now_ms);
    return {};
  }
  const auto& state = log_replay_->state();
  const bool tells = now_ms - told_at_ms_ >= tell_pause_ms;
  if (tells || state.moved != moved_before) records.log_replay(state, now_ms);
  if (!tells) return {};
  told_at_ms_ = now_ms;
  decide(state.command, {.moved = state.moved, .more = true}, now_ms, records);
  return {};
}

void CommandDesk::end_log_replay(std::string refusal, Lanes& lanes, DeliveryRecords& records,
                                 std::int64_t now_ms) {
  const auto state = log_replay_->state();
  lanes.remember_erasures(false);
  log_replay_.reset();
  records.log_replay_ended(now_ms);
  decide(state.command, {.moved = state.moved, .refusal = std::move(refusal)}, now_ms, records);
}

void CommandDesk::go_on(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                        std::int64_t now_ms) {
  const auto& command = replay_->command;
  const LetterChoice choice{command.account, command.type, command.error};
  auto accounts = command.account.empty() ? store.accounts_after(replay_->after, accounts_at_once)
                                          : std::vector<std::string>{command.account};
  for (const auto& account : accounts) {
    const auto lane = store.lane(account);
    replay_->moved += static_cast<std::int64_t>(lanes.replay(
        account, [&](const Letter& letter) { return takes(choice, letter, lane); }, command.id,
        now_ms));
  }
  if (command.account.empty() && accounts.size() == accounts_at_once) {
    replay_->after = accounts.back();
    return;
  }
  decide(command, {.moved = replay_->moved}, now_ms, records);
  replay_.reset();
}

void CommandDesk::pause(std::string who, std::string why, std::int64_t now_ms,
                        DeliveryRecords& records) {
  set_paused(true, std::move(who), std::move(why), now_ms);
  records.state(state_, now_ms);
}

void CommandDesk::scheduled(ConsumerState::Schedule schedule, std::optional<Decision> ended,
                            std::int64_t now_ms, DeliveryRecords& records) {
  state_.schedule = std::move(schedule);
  records.state(state_, now_ms);
  if (!ended) return;
  ended->done = true;
  ended->decided_by = incarnation_;
  ended->decided_at_ms = now_ms;
  records.decision(*ended);
}

void CommandDesk::set_paused(bool paused, std::string who, std::string why, std::int64_t now_ms) {
  state_.paused = paused;
  state_.who = std::move(who);
  state_.why = std::move(why);
  state_.since_ms = now_ms;
}

void CommandDesk::decide(const Command& command, Outcome outcome, std::int64_t now_ms,
                         DeliveryRecords& records) {
  state_.commands_read = read_next_;
  records.state(state_, now_ms);
  Decision decision;
  decision.id = command.id;
  decision.command = command.name;
  decision.who = command.who;
  decision.why = command.why;
  decision.done = outcome.refusal.empty();
  decision.more = outcome.more;
  decision.reason = std::move(outcome.refusal);
  decision.moved = outcome.moved;
  decision.decided_by = incarnation_;
  decision.decided_at_ms = now_ms;
  records.decision(decision);
}

}  // namespace wakestream::deliver
