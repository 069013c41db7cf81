#include "roles/capture/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "roles/capture/error_policy.h"

namespace wakestream::capture {

Machine::Machine(Settings settings) : settings_(std::move(settings)), random_(settings_.seed) {}

std::span<const Action> Machine::step(Time now, const Input& input) {
  now_ = now;
  actions_.clear();
  std::visit([this](const auto& what) { on(what); }, input);
  if (streams()) seal_waiting();
  if (streams()) apply_command_at_commit();
  if (streams()) apply_chunk_at_commit();
  if (streams()) fill_context_when_due();
  if (streams()) take_chunk_when_due();
  if (streams()) write_when_due();
  if (streams()) {
    seal_waiting();  // what was written made room
    feedback_when_due();
    if (!wants_messages()) heard_ms_ = now_.mono_ms;  // nobody listens
  }
  if (state_ == State::stopping) stop_when_done();
  return actions_;
}

bool Machine::streams() const {
  return state_ == State::streaming ||
         (state_ >= State::doubt_closing && state_ <= State::doubt_claiming);
}

bool Machine::wants_messages() const {
  const bool ends = transaction_ && (transaction_->ended_at || transaction_->settles_at);
  return streams() && !full(open_) && !full(sealed_) && !ends;
}

bool Machine::full(const Fill& fill) const {
  return fill.records >= settings_.transaction_records_max ||
         fill.bytes >= settings_.transaction_bytes_max;
}

void Machine::say(action::Level level, std::string event, std::string message,
                  std::vector<std::pair<std::string, std::string>> fields) {
  act(action::Say{level, std::move(event), std::move(message), std::move(fields)});
}

void Machine::enter(State state) {
  state_ = state;
  due_ms_ = std::numeric_limits<std::int64_t>::max();
}

// Full jitter over the upper half: attempts spread out, and none comes at once.
std::int64_t Machine::pause_ms() {
  random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
  const int doublings = std::min(failures_in_a_row_++, 10);
  const auto ceiling = std::min(settings_.backoff_ms_max, settings_.backoff_ms_min << doublings);
  return ceiling / 2 +
         static_cast<std::int64_t>((random_ >> 33U) % static_cast<std::uint64_t>(ceiling / 2 + 1));
}

void Machine::refuse(std::string reason, int exit_code) {
  exit_reason_ = std::move(reason);
  exit_code_ = exit_code;
  give_back(State::refused);
}

void Machine::back_to_start(const std::string& reason) {
  if (!reason.empty()) say(action::Level::warning, "back_to_start", reason);
  give_back(State::offline);
}

// Connection, buffers and writer go, in this order: the lease is free as soon as nothing of ours
// can be written any more by a decision of ours; what a write on its way still does is settled by
// whoever opens the next writer.
void Machine::give_back(State afterwards) {
  if (state_ == State::closing) {
    if (after_closing_ != State::refused) after_closing_ = afterwards;
    return;
  }
  after_closing_ = afterwards;
  if (afterwards == State::log_away) stalled_since_ms_ = 0;
  if (state_ != State::offline && state_ != State::log_away) act(action::Disconnect{});
  act(action::DropBuffers{});
  transaction_.reset();
  split_to_resume_.reset();
  in_flight_.reset();
  write_again_ = false;
  open_ = sealed_ = {};
  sealed_whole_ = false;
  chunk_stage_ = ChunkStage::none;
  notices_sealed_.clear();
  notices_in_flight_.clear();
  command_stage_ = CommandStage::waiting;  // it is carried out anew when the stream begins
  stale_watch_serial_.reset();
  enter(State::closing);
  finish_closing();
}

void Machine::finish_closing() {
  if (log_operation_ != LogOperation::none) return;
  if (writer_open_) {
    begin_log_operation(LogOperation::close, action::CloseWriter{});
    return;
  }
  log_silent_since_ms_ = 0;
  enter(stop_asked_ && after_closing_ != State::refused ? State::stopped : after_closing_);
  if (state_ == State::refused) act(action::Exit{exit_code_, exit_reason_});
  if (state_ == State::stopped) act(action::Exit{0, exit_reason_});
  if (state_ == State::offline || state_ == State::log_away) due_ms_ = now_.mono_ms + pause_ms();
}

void Machine::begin_log_operation(LogOperation operation, Action action) {
  log_operation_ = operation;
  act(std::move(action));
}

void Machine::write(LogOperation operation, action::Write write) {
  write.checkpoint.written_at_ms = now_.wall_ms;
  // A primary keeps its timeline as long as it runs.
  write.asks_timeline = server_.in_recovery;
  asked_end_ = received_end_;
  if (log_silent_since_ms_ == 0) log_silent_since_ms_ = now_.mono_ms;
  begin_log_operation(operation, std::move(write));
}

void Machine::on_postgres_failed(const cdc::Error& error) {
  if (state_ == State::closing || state_ == State::log_away || state_ == State::offline) return;
  const auto judgement = judge(error.kind);
  auto sentence = error.message;
  if (error.lsn.valid()) sentence += fmt::format(" (at {})", cdc::to_string(error.lsn));
  if (judgement.way_out[0] != '\0') sentence += fmt::format(". {}", judgement.way_out);
  // What let us in before is being changed.
  const bool is_changed =
      has_streamed_ && state_ == State::connecting && error.kind == cdc::ErrorKind::access_denied;
  if (judgement.verdict == Verdict::refuse && !is_changed) return refuse(sentence);
  if (is_changed)
    sentence += " It was let in before; trying again, with the password that its file holds then";
  if (state_ == State::connecting) stalled_since_ms_ = 0;  // it is away, and comes back
  if (last_wait_ != sentence) say(action::Level::warning, "postgres_away", sentence);
  last_wait_ = sentence;
  give_back(State::offline);
}

void Machine::log_did_not_answer(const log::Error& error) {
  const auto judgement = judge(error.kind);
  auto sentence = error.message;
  if (judgement.way_out[0] != '\0') sentence += fmt::format(". {}", judgement.way_out);
  if (judgement.verdict == Verdict::refuse) return refuse(sentence);
  if (last_wait_ != sentence)
    say(action::Level::warning, "log_away", "waiting for the event log: " + sentence);
  last_wait_ = sentence;
  give_back(judgement.verdict == Verdict::wait ? State::offline : State::log_away);
}

void Machine::on(const input::Stop&) {
  if (stop_asked_) return;
  stop_asked_ = true;
  if (after_closing_ != State::refused) exit_reason_ = "stopped as asked";
  switch (state_) {
    case State::streaming:
      transaction_.reset();
      open_ = {};
      enter(State::stopping);
      due_ms_ = now_.mono_ms + settings_.stop_ms_max;
      return;
    case State::closing:
    case State::stopping:
    case State::refused:
    case State::stopped:
      return;
    default:
      give_back(State::stopped);
  }
}

void Machine::on_tick() {
  if (streams()) return tick_stream();
  if (now_.mono_ms < due_ms_) return;
  switch (state_) {
    case State::offline:
      enter(State::connecting);
      act(action::Connect{});
      return;
    case State::leasing:
      due_ms_ = std::numeric_limits<std::int64_t>::max();
      act(action::TryLease{});
      return;
    case State::waiting_stale:
      enter(State::peeking);
      return peek();
    case State::finding_slot:
      due_ms_ = std::numeric_limits<std::int64_t>::max();
      act(action::FindSlot{});
      return;
    case State::creating_slot:
      due_ms_ = std::numeric_limits<std::int64_t>::max();
      act(action::ExplainSlot{});
      return;
    case State::filling_context:
      return tick_fill();
    case State::log_away:
      due_ms_ = std::numeric_limits<std::int64_t>::max();
      begin_log_operation(LogOperation::read, action::ReadCheckpoint{log::Settled::as_it_is});
      return;
    case State::stopping:
      say(action::Level::warning, "stop_deadline",
          "stopping without waiting for the log any longer; what was not confirmed will be read "
          "again");
      give_back(State::stopped);
      return;
    default:
      return;
  }
}

// While streaming two things may take too long: the log's answer about a transaction, and the
// lease's about a ping.
void Machine::tick_stream() {
  if (log_silent_since_ms_ != 0 &&
      now_.mono_ms - log_silent_since_ms_ >= settings_.log_silence_ms_max) {
    say(action::Level::warning, "log_away",
        "the event log has not answered for too long; the connection to PostgreSQL is closed until "
        "it does");
    return give_back(State::log_away);
  }
  if (state_ == State::doubt_pinging && now_.mono_ms >= due_ms_) {
    return back_to_start("the lease did not answer while a commit was in doubt");
  }
  watch_for_silence();
}

std::int64_t Machine::next_tick_ms() const {
  auto next = due_ms_;
  if (!streams()) return next;
  if (log_silent_since_ms_ != 0)
    next = std::min(next, log_silent_since_ms_ + settings_.log_silence_ms_max);
  next = std::min(next, silence_due_ms());
  next = std::min(next, last_feedback_ms_ + feedback_interval_ms_);
  if (durable_ && reported_ < reportable())
    next = std::min(next, last_feedback_ms_ + settings_.feedback_pace_ms);
  if (command_ && command_stage_ == CommandStage::waiting && command_ping_ms_ > 0)
    next = std::min(next, command_ping_ms_);
  next = std::min(next, next_chunk_tick_ms());
  if (log_operation_ != LogOperation::none || state_ != State::streaming) return next;
  if (sealed_.records > 0 || sealed_whole_)
    next = std::min(next, last_write_done_ms_ + settings_.transaction_gap_ms);
  if (next_.read_through > durable_->read_through)
    next = std::min(next, last_checkpoint_ms_ + settings_.idle_checkpoint_ms);
  return std::min(next, last_checkpoint_ms_ + settings_.heartbeat_ms);
}

}  // namespace wakestream::capture
