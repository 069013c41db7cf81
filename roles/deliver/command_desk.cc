#include "roles/deliver/command_desk.h"

#include <utility>

#include "roles/deliver/letter_choice.h"

namespace wakestream::deliver {

namespace {

constexpr std::int64_t look_pause_ms = 200;
// Accounts that a replay goes through in one transaction.
constexpr std::size_t accounts_at_once = 200;

}  // namespace

CommandDesk::CommandDesk(log::EventLog& event_log, const Topics& topics, std::string consumer,
                         std::string incarnation)
    : log_(event_log),
      topics_(topics),
      consumer_(std::move(consumer)),
      incarnation_(std::move(incarnation)) {}

log::Result<void> CommandDesk::begin(const std::optional<ConsumerState>& recorded,
                                     DeliveryRecords& records, std::int64_t now_ms) {
  replay_.reset();
  state_ = recorded.value_or(ConsumerState{});
  if (!recorded) {
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
  if (now_ms - looked_at_ms_ < look_pause_ms) return {};
  looked_at_ms_ = now_ms;
  return read(lanes, records, now_ms);
}

// A replay holds up the commands behind it, so one is read at a time.
log::Result<void> CommandDesk::read(Lanes& lanes, DeliveryRecords& records, std::int64_t now_ms) {
  while (!replay_) {
    auto batch = reader_->poll(1, log::Milliseconds{0});
    if (!batch && batch.error().kind == log::ErrorKind::removed) continue;  // said once
    if (!batch) return tl::unexpected(std::move(batch.error()));
    if (batch->records.empty()) return {};
    const auto& record = batch->records.front();
    read_next_ = record.offset + 1;
    // What is no command that this release knows is for another one.
    const auto command = decode_command(record.value);
    if (command && command->consumer == consumer_) take(*command, lanes, records, now_ms);
  }
  return {};
}

void CommandDesk::take(const Command& command, Lanes& lanes, DeliveryRecords& records,
                       std::int64_t now_ms) {
  if (command.name == Command::replay) {
    replay_ = Replay{command, {}, 0};
    return;
  }
  set_paused(command.name == Command::pause, command.who, command.why, now_ms);
  lanes.set_paused(state_.paused);
  decide(command, 0, now_ms, records);
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
        account, [&](const Letter& letter) { return takes(choice, letter, lane); }, now_ms));
  }
  if (command.account.empty() && accounts.size() == accounts_at_once) {
    replay_->after = accounts.back();
    return;
  }
  decide(command, replay_->moved, now_ms, records);
  replay_.reset();
}

void CommandDesk::pause(std::string who, std::string why, std::int64_t now_ms,
                        DeliveryRecords& records) {
  set_paused(true, std::move(who), std::move(why), now_ms);
  records.state(state_, now_ms);
}

void CommandDesk::set_paused(bool paused, std::string who, std::string why, std::int64_t now_ms) {
  state_.paused = paused;
  state_.who = std::move(who);
  state_.why = std::move(why);
  state_.since_ms = now_ms;
}

void CommandDesk::decide(const Command& command, std::int64_t moved, std::int64_t now_ms,
                         DeliveryRecords& records) {
  state_.commands_read = read_next_;
  records.state(state_, now_ms);
  Decision decision;
  decision.id = command.id;
  decision.command = command.name;
  decision.who = command.who;
  decision.why = command.why;
  decision.done = true;
  decision.moved = moved;
  decision.decided_by = incarnation_;
  decision.decided_at_ms = now_ms;
  records.decision(decision);
}

}  // namespace wakestream::deliver
