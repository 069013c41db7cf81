#include "tests/simulation/instance.h"

#include <cstdio>
#include <utility>

namespace wakestream::simulation {

using capture::Input;
using capture::State;
namespace input = capture::input;
namespace action = capture::action;

namespace {

template <typename... Kinds>
bool is_one_of(const capture::Action& what) {
  return (std::holds_alternative<Kinds>(what) || ...);
}

bool asks_postgres(const capture::Action& what) {
  return is_one_of<action::TryLease, action::Identify, action::FindSlot, action::CheckRules,
                   action::DropSlot, action::CreateSlot, action::ReadHistory, action::StartStream>(
      what);
}

capture::Settings settings_of(int process, bool slot_existing, const Instance::World& world) {
  auto& random = world.random;
  const auto rules = world.rules_on_disk;
  capture::Settings settings;
  settings.pipeline = "sim";
  settings.incarnation = {"host", process, process};
  settings.slot = "wakestream";
  settings.slot_existing = slot_existing;
  settings.snapshot_initial = world.snapshot_initial;
  settings.rules_hash = rules_hash(rules);
  settings.event_types = event_types_of(rules);
  if (world.has_context) settings.context = capture::Settings::Context{"by version", "t.a"};
  settings.rules_join_context = world.has_context;
  settings.transaction_records_max = static_cast<std::uint64_t>(random.between(3, 12));
  settings.transaction_gap_ms = random.chance(50) ? 5 : 0;
  if (random.chance(30)) settings.snapshot_rows_per_second = random.between(2, 40);
  settings.seed = random.next();
  return settings;
}

}  // namespace

Instance::Instance(World world, int process, Server* server, Mutation mutation, bool slot_existing)
    : world_(std::move(world)),
      process_(process),
      server_(server),
      mutation_(mutation),
      machine_(settings_of(process, slot_existing, world_)),
      rules_(world_.rules_on_disk) {}

void Instance::start() { feed(input::Tick{}); }

void Instance::kill() {
  cut_connection();
  alive_ = false;
  if (world_.log.writer_process == process_) world_.log.writer_process = 0;
}

void Instance::resume() {
  paused_ = false;
  auto waiting = std::exchange(while_paused_, {});
  for (auto& what : waiting) what();
}

void Instance::cut_connection() {
  if (connected_ == nullptr) return;
  if (!std::exchange(muted_, false)) let_go(connected_, session_);
  connected_ = nullptr;
  streaming_ = false;
  session_ = 0;
  ping_waits_ = false;
}

void Instance::mute() {
  if (connected_ == nullptr || muted_) return;
  muted_ = true;
  auto* const server = connected_;
  const auto session = session_;
  world_.clock.in(world_.random.between(1, 60'000), [=] { let_go(server, session); });
}

void Instance::server_died(const Server* server) {
  if (connected_ != server) return;
  muted_ = false;
  cut_connection();
  answer_in(world_.random.between(1, 40),
            input::PostgresFailed{{cdc::ErrorKind::connection_failed, "cut", {}}});
}

void Instance::feed(const Input& what) {
  if (!alive_) return;
  if (paused_) {
    while_paused_.push_back([this, what] { feed(what); });
    return;
  }
  // As the loop has it: what an action answers waits until the actions beside it are carried out.
  if (std::exchange(feeding_, true)) return answers_.push_back(what);
  step(what);
  for (; alive_ && !answers_.empty(); answers_.pop_front()) step(answers_.front());
  answers_.clear();
  feeding_ = false;
  if (!alive_) return;
  schedule_tick();
  pump_stream();
  look_for_command();
}

void Instance::step(const Input& what) {
  const auto from = machine_.state();
  const auto now = world_.clock.now_ms();
  const auto span = machine_.step({now, now + 1'700'000'000'000}, what);
  const std::vector<capture::Action> actions(span.begin(), span.end());
  const auto to = machine_.state();
  if (from != to) world_.seen.insert({from, std::string(capture::name_of(what)), to});
  if (world_.trace && (from != to || std::holds_alternative<input::KeptAlive>(what))) {
    std::printf("%8lld  process %d  %s + %s -> %s\n", static_cast<long long>(now), process_,
                std::string(to_string(from)).c_str(), std::string(capture::name_of(what)).c_str(),
                std::string(to_string(to)).c_str());
  }
  for (const auto& action : actions) {
    if (alive_) carry_out(action);
  }
}

void Instance::schedule_tick() {
  const auto number = ++tick_number_;
  const auto due = machine_.next_tick_ms();
  if (due > world_.clock.now_ms() + 3'600'000) return;
  world_.clock.at(std::max(due, world_.clock.now_ms() + 1), [this, number] {
    if (number == tick_number_) feed(input::Tick{});
  });
}

void Instance::answer_in(std::int64_t delay_ms, Input what) {
  world_.clock.in(delay_ms, [this, what = std::move(what)] { feed(what); });
}

// An answer of PostgreSQL's: it does not come when the connection has gone meanwhile.
void Instance::from_postgres(Input what) {
  const auto session = session_;
  world_.clock.in(world_.random.between(1, 20), [this, session, what = std::move(what)] {
    if (session == session_) muted_ ? no_answer() : feed(what);
  });
}

// Each request has a deadline of its own.
void Instance::no_answer() {
  const auto session = session_;
  world_.clock.in(10'000, [this, session] {
    if (session == session_)
      feed(input::PostgresFailed{{cdc::ErrorKind::connection_failed, "no answer", {}}});
  });
}

Input Instance::connect() {
  cut_connection();
  session_ = ++session_counter;
  if (!server_->up)
    return input::PostgresFailed{{cdc::ErrorKind::connection_failed, "nobody answers", {}}};
  connected_ = server_;
  first_identity_ = identity();
  return first_identity_;
}

input::Connected Instance::identity() const {
  input::Connected answer;
  answer.server = connected_->address;
  answer.database = "db";
  answer.system_identifier = 7;
  answer.timeline = connected_->timeline;
  answer.in_recovery = connected_->in_recovery;
  answer.version_num = 180000;
  answer.wal_level = "logical";
  return answer;
}

Input Instance::find_slot() {
  input::SlotFound answer;
  answer.wal_end = connected_->wal_end;
  if (connected_->slot) {
    answer.slot = input::SlotFound::Slot{"pgoutput", "db",  connected_->slot->session != 0, 1,
                                         false,      false, connected_->slot->confirmed,    "",
                                         false};
  }
  return answer;
}

void Instance::carry_out(const capture::Action& what) {
  if (std::holds_alternative<action::Connect>(what)) return from_postgres(connect());
  if (std::holds_alternative<action::Disconnect>(what)) return cut_connection();
  if (std::holds_alternative<action::MapRow>(what)) return map_row();
  if (std::holds_alternative<action::SettleWaiting>(what)) return settle_waiting();
  if (std::holds_alternative<action::SealOpen>(what)) return seal_open();
  if (std::holds_alternative<action::DropBuffers>(what)) return drop_buffers();
  if (std::holds_alternative<action::ReleaseInFlight>(what)) {
    if (mutation_ != Mutation::lose_committed_context) layers_.release();
    return in_flight_.clear();
  }
  if (const auto* adopted = std::get_if<action::AdoptRegistry>(&what)) {
    joins_ = adopted->context_filled || mutation_ == Mutation::join_before_filled;
    return;
  }
  if (const auto* apply = std::get_if<action::ApplyCommand>(&what)) return apply_command(*apply);
  if (const auto* chunk = std::get_if<action::TakeChunk>(&what)) return take_chunk(*chunk);
  if (const auto* chunk = std::get_if<action::ApplyChunk>(&what)) return apply_chunk(*chunk);
  if (std::holds_alternative<action::DropChunk>(what)) return drop_chunk();
  if (std::holds_alternative<action::ImportSnapshot>(what)) return import_snapshot();
  if (const auto* accounts = std::get_if<action::TakeAccounts>(&what))
    return take_accounts(*accounts);
  if (const auto* done = std::get_if<action::CommandDone>(&what)) {
    command_given_ = false;
    control_next_ = done->next.next_offset;
    control_step_ = done->next.step;
    return;
  }
  if (const auto* read = std::get_if<action::ReadCheckpoint>(&what)) return read_checkpoint(*read);
  if (std::holds_alternative<action::OpenWriter>(what)) return open_writer();
  if (std::holds_alternative<action::CloseWriter>(what)) {
    if (world_.log.writer_process == process_) world_.log.writer_process = 0;
    writer_ = 0;
    return answer_in(world_.random.between(1, 30), input::WriterClosed{});
  }
  if (const auto* written = std::get_if<action::Write>(&what)) return write(*written);
  if (const auto* exit = std::get_if<action::Exit>(&what)) {
    exit_reason_ = exit->reason;
    cut_connection();
    alive_ = false;
    return;
  }
  if (connected_ == nullptr) return;  // a cut that the machine has not been told of yet
  if (const auto* feed_back = std::get_if<action::SendFeedback>(&what)) return feedback(*feed_back);
  if (muted_ && asks_postgres(what)) return no_answer();
  if (asks_postgres(what)) exported_ = {};
  if (std::holds_alternative<action::TryLease>(what)) {
    if (connected_->lease_session == 0) connected_->lease_session = session_;
    return from_postgres(input::LeaseAnswered{connected_->lease_session == session_, "somebody"});
  }
  if (std::holds_alternative<action::Identify>(what)) {
    return from_postgres(
        input::Identified{mutation_ == Mutation::identify_once ? first_identity_ : identity()});
  }
  if (std::holds_alternative<action::FindSlot>(what)) return from_postgres(find_slot());
  if (const auto* check = std::get_if<action::CheckRules>(&what)) {
    input::RulesChecked answer;
    if (check->plan_snapshot) answer.snapshot = {{"t.a", ""}};
    return from_postgres(answer);
  }
  if (std::holds_alternative<action::DropSlot>(what)) {
    if (mutation_ != Mutation::keep_the_slot_of_the_last_fill) connected_->slot.reset();
    return from_postgres(input::SlotDropped{});
  }
  if (const auto* create = std::get_if<action::CreateSlot>(&what)) return create_slot(*create);
  if (std::holds_alternative<action::ReadHistory>(what)) {
    return from_postgres(input::HistoryRead{connected_->history});
  }
  if (const auto* stream = std::get_if<action::StartStream>(&what))
    return start_stream(stream->from);
}

void Instance::start_stream(cdc::Lsn from) {
  auto& slot = connected_->slot;
  if (!slot)
    return from_postgres(input::PostgresFailed{{cdc::ErrorKind::slot_missing, "no slot", {}}});
  if (slot->session != 0)
    return from_postgres(input::PostgresFailed{{cdc::ErrorKind::slot_active, "in use", {}}});
  slot->session = session_;
  stream_timeline_ = connected_->timeline;
  const auto& durable = *machine_.durable();
  claimed_read_through_ = durable.read_through;
  if (mutation_ == Mutation::keep_idle_position_over_failover &&
      world_.log.checkpoints.size() > 1) {
    from = std::max(from, world_.log.checkpoints[world_.log.checkpoints.size() - 2].read_through);
  }
  // PostgreSQL begins at the later of what is asked for and what the slot has confirmed, and says
  // nothing of it.
  stream_begin_ = std::max(from, slot->confirmed);
  at_transaction_ = 0;
  at_message_ = 0;
  sent_ = slot->confirmed;  // as a walsender's keepalives say before it has decoded anything
  keepalive_due_ms_ = world_.clock.now_ms() + world_.random.between(5, 2000);
  streaming_ = true;
  if (!command_given_) {
    control_next_ = durable.control.next_offset;
    control_step_ = durable.control.step;
  }
  from_postgres(input::StreamStarted{});
}

void Instance::feedback(const action::SendFeedback& sent) {
  if (!streaming_ || !connected_->slot || muted_) return;
  const auto flushed = mutation_ == Mutation::acknowledge_beyond_server
                           ? machine_.durable()->read_through
                           : sent.flushed;
  if (flushed > connected_->slot->confirmed) connected_->slot->confirmed = flushed;
  if (world_.log.checkpoints.empty() || sent.flushed > world_.log.checkpoints.back().read_through) {
    world_.broken("PostgreSQL was told to forget " + to_string(sent.flushed) +
                  ", which no committed checkpoint covers");
  }
  if (sent.reply_requested) ping_waits_ = true;
}

void Instance::pump_stream() {
  if (!streaming_ || pump_scheduled_ || !machine_.wants_messages()) return;
  pump_scheduled_ = true;
  const auto session = session_;
  const bool more = at_transaction_ < connected_->wal.size();
  world_.clock.in(more ? world_.random.below(2) : world_.random.between(1, 15), [this, session] {
    pump_scheduled_ = false;
    if (!alive_ || session != session_ || !streaming_) return;
    if (paused_) {
      while_paused_.push_back([this] { pump_stream(); });
      return;
    }
    if (machine_.wants_messages()) receive_one();
    pump_stream();
  });
}

void Instance::receive_one() {
  if (muted_) return;
  if (!world_.faults.quiet && world_.random.below(1000) < world_.faults.stream_cut)
    return server_died(connected_);
  const auto& wal = connected_->wal;
  while (at_transaction_ < wal.size() && wal[at_transaction_].commit_lsn < stream_begin_)
    ++at_transaction_;
  const auto now = world_.clock.now_ms();
  const bool keepalive_due = now >= keepalive_due_ms_ || ping_waits_;
  const bool between = at_message_ == 0;
  if (keepalive_due && (between || world_.random.chance(20))) {
    keepalive_due_ms_ = now + world_.random.between(5, 2000);
    ping_waits_ = false;
    if (between && at_transaction_ == wal.size()) sent_ = std::max(sent_, connected_->wal_end);
    return feed(input::KeptAlive{sent_, world_.random.chance(20)});
  }
  if (at_transaction_ == wal.size()) return;
  const auto& transaction = wal[at_transaction_];
  if (at_message_ == 0) {
    ++at_message_;
    watch_begin(transaction);
    return feed(input::Began{transaction.commit_lsn});
  }
  if (at_message_ <= transaction.rows.size()) {
    current_row_ = transaction.rows[at_message_++ - 1];
    watch_row(current_row_);
    if (mutation_ == Mutation::compare_row_lsns && current_row_.lsn < claimed_read_through_) return;
    return feed(input::RowReceived{current_row_.ordinal, current_row_.lsn});
  }
  at_message_ = 0;
  ++at_transaction_;
  sent_ = transaction.end_lsn;
  watch_end();
  feed(input::Ended{transaction.commit_lsn, transaction.end_lsn});
}

}  // namespace wakestream::simulation
