#include "roles/capture/capture_loop.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cdc/stream/transaction_stream.h"
#include "mapping/mapper.h"
#include "roles/capture/context_feed.h"
#include "roles/capture/context_fill.h"
#include "roles/capture/control_reader.h"
#include "roles/capture/decision_notice.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/fact_keeper.h"
#include "roles/capture/failpoint.h"
#include "roles/capture/log_worker.h"
#include "roles/capture/machine.h"
#include "roles/capture/quarantine_notice.h"
#include "roles/capture/record_buffers.h"
#include "roles/capture/snapshot_runner.h"
#include "roles/capture/source_session.h"
#include "roles/capture/stop_request.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

namespace {

using std::chrono::milliseconds;

class Loop {
 public:
  Loop(log::EventLog& event_log, std::shared_ptr<const mapping::RuleSet> rules,
       CaptureOptions options)
      : rules_(std::move(rules)),
        options_(std::move(options)),
        topics_(options_.settings.pipeline),
        machine_(options_.settings),
        facts_(machine_, options_.watch),
        // The last row may go beyond the limit.
        buffers_(options_.settings.transaction_records_max,
                 options_.settings.transaction_bytes_max + options_.row_bytes_max),
        recorder_(
            {options_.settings.pipeline, options_.event_partition_count, options_.record_bytes_max},
            topics_, buffers_.open()),
        context_({options_.settings.pipeline, options_.context_rule, options_.context_store,
                  options_.key_store, options_.given_up_keys},
                 topics_, buffers_.open(), recorder_),
        mapper_(std::make_unique<mapping::Mapper>(*rules_, context_.lookup())),
        source_({options_.session, options_.publication, options_.settings.pipeline,
                 options_.settings.slot, options_.settings.slot_failover,
                 !options_.bulk.message_prefix.empty()}),
        bulk_marks_(options_.bulk),
        snapshot_({{options_.session, options_.publication},
                   options_.row_bytes_max,
                   to_string(options_.settings.incarnation)},
                  event_log, topics_, buffers_, recorder_),
        fill_({options_.session, options_.publication}),
        stop_(options_.stop_fd),
        worker_(event_log, topics_,
                {options_.settings.incarnation,
                 {options_.settings.pipeline, options_.event_partition_count,
                  options_.may_create_topics, context_.is_kept(),
                  milliseconds(options_.settings.log_silence_ms_max)},
                 [this, &event_log](const auto& what, const auto& read, const auto& goes_on) {
                   return context_.catch_up(event_log, what.settled, read.checkpoint,
                                            milliseconds(options_.settings.log_silence_ms_max),
                                            goes_on);
                 }}),
        control_(event_log, topics_,
                 {options_.load_rules, options_.session, options_.publication, options_.reload_fd,
                  options_.settings.context ? options_.settings.context->table : std::string()}) {
    buffers_.set_context(context_);
    control_.set_rules(rules_);
  }

  int run() {
    feed(input::Tick{});
    while (!exit_code_) {
      if (stop_.arrives()) feed(input::Stop{});
      if (auto answer = worker_.take_answer()) log_answered(*answer);
      if (auto answer = snapshot_.take_answer()) feed(*answer);
      if (auto answer = fill_.take_answer(context_, *mapper_, buffers_)) feed(*answer);
      if (auto answer = source_.created_slot()) answered(*answer);
      if (machine_.takes_command()) take_command();
      if (!exit_code_ && time_now().mono_ms >= machine_.next_tick_ms()) feed(input::Tick{});
      if (exit_code_) break;
      if (stop_.waited_enough(machine_.state(), time_now().mono_ms)) leave();
      quarantine_notice_.tell_when_due(recorder_, time_now().mono_ms, options_.say);
      facts_.publish_when_due(time_now());
      if (may_receive())
        receive();
      else
        wait();
    }
    quarantine_notice_.tell(recorder_, options_.say);
    facts_.publish(time_now());
    return *exit_code_;
  }

 private:
  void leave() {
    carry_out(StopRequest::without_log());
    carry_out(action::Exit{0, "stopped as asked"});
    options_.leave();
  }

  // Whoever interrupted the call wants the role to end, and not PostgreSQL to be waited for.
  void postgres_failed(const cdc::Error& error) {
    if (stop_.arrives()) feed(input::Stop{});
    feed(input::PostgresFailed{error});
  }

  void answered(const Input& answer) {
    if (const auto* failed = std::get_if<input::PostgresFailed>(&answer))
      return postgres_failed(failed->error);
    feed(answer);
  }

  // What is mapped from now on must fit into the topics as they are now.
  void log_answered(const Input& answer) {
    if (const auto* read = std::get_if<input::CheckpointRead>(&answer))
      recorder_.set_record_bytes_max(
          std::min(options_.record_bytes_max, static_cast<std::size_t>(read->record_bytes_max)));
    feed(answer);
  }

  bool may_receive() const { return stream_ && machine_.wants_messages(); }
  milliseconds time_left() const {
    const auto left = machine_.next_tick_ms() - time_now().mono_ms;
    return milliseconds(std::clamp<std::int64_t>(left, 0, 1'000));
  }

  void wait() {
    pollfd entries[] = {{worker_.wakeup_fd(), POLLIN, 0},
                        {snapshot_.wakeup_fd(), POLLIN, 0},
                        {fill_.wakeup_fd(), POLLIN, 0},
                        {machine_.takes_command() ? control_.wakeup_fd() : -1, POLLIN, 0},
                        {source_.slot_fd(), POLLIN, 0},
                        {stop_.fd(), POLLIN, 0}};
    poll(entries, std::size(entries), static_cast<int>(time_left().count()));
  }

  void take_command() {
    auto prepared = control_.take();
    if (!prepared) return;
    command_ = std::move(prepared);
    feed(ready_of(*command_));
  }

  // What is fed while an action is carried out waits for those that were decided with it.
  void feed(const Input& what) {
    if (std::exchange(feeding_, true)) return waiting_.push_back(what);
    step(what);
    for (; !waiting_.empty(); waiting_.pop_front()) step(waiting_.front());
    feeding_ = false;
  }

  void step(const Input& what) {
    const auto now = time_now();
    const auto span = machine_.step(now, what);
    actions_.assign(span.begin(), span.end());
    facts_.saw(now, what);
    for (auto& action : actions_) {
      facts_.saw(now, action);
      std::visit([this](auto& what_to_do) { carry_out(what_to_do); }, action);
    }
  }

  // Messages are taken as long as they come at once; the machine's timers and the log's answers
  // come in between.
  void receive() {
    constexpr int in_a_row_max = 256;
    auto left = time_left();
    for (int count = 0; count < in_a_row_max && may_receive() && !exit_code_; ++count) {
      const auto received = source_.receive(left);
      left = milliseconds(0);
      if (!received) return postgres_failed(received.error());
      if (std::holds_alternative<cdc::Quiet>(*received)) return;
      if (const auto* keepalive = std::get_if<cdc::Keepalive>(&*received)) {
        feed(input::KeptAlive{keepalive->wal_end, keepalive->reply_requested});
      } else {
        take(std::get<cdc::WalData>(*received));
      }
    }
  }

  void take(const cdc::WalData& data) {
    facts_.saw_message(data.wal_start, data.payload.size());
    auto item = stream_->push(data.wal_start, data.payload);
    if (!item) return postgres_failed(item.error());
    if (const auto* row = std::get_if<cdc::RowChange>(&*item))
      return take_rows({row, 1}, data.payload.size());
    if (const auto* truncation = std::get_if<cdc::Truncation>(&*item))
      return take_rows(truncation->tables, data.payload.size());
    origin_.bulk = bulk_marks_.saw(*item);
    if (const auto* begin = std::get_if<cdc::TransactionBegin>(&*item)) {
      snapshot_.began(*begin);
      origin_.commit_lsn = begin->commit_lsn;
      origin_.commit_time_us = begin->commit_time_us;
      facts_.saw_commit_time(begin->commit_time_us);
      return feed(input::Began{begin->commit_lsn});
    }
    if (const auto* commit = std::get_if<cdc::TransactionCommit>(&*item)) {
      snapshot_.ended();
      return feed(input::Ended{commit->commit_lsn, commit->end_lsn});
    }
  }

  void take_rows(std::span<const cdc::RowChange> rows, std::size_t payload_size) {
    rows_ = rows;
    payload_size_ = payload_size;
    if (rows.empty()) return;
    snapshot_.saw(rows);
    feed(input::RowReceived{rows.front().ordinal, rows.front().lsn});
  }

  void carry_out(action::MapRow&) {
    const auto before = buffers_.open_fill();
    for (const auto& row : rows_) {
      origin_.ordinal = row.ordinal;
      auto mapped = context_.take(origin_, row, *mapper_);
      if (!mapped) return feed(input::RuleBroken{mapping::to_string(mapped.error())});
      if (payload_size_ > options_.row_bytes_max) {
        const auto table = row.relation->schema + "." + row.relation->name;
        if (rules_->has_table(table))
          recorder_.on_too_large(origin_, table, payload_size_, options_.row_bytes_max);
        continue;
      }
      mapped = mapper_->map(origin_, row, context_.sink());
      if (!mapped) return feed(input::RuleBroken{mapping::to_string(mapped.error())});
    }
    feed(context_.or_failure(buffers_.mapped_since(before)));
  }
  void carry_out(action::SettleWaiting&) {
    context_.settle(*mapper_);
    feed(context_.or_failure(buffers_.settled()));
  }

  // To PostgreSQL.
  void carry_out(action::Connect&) {
    facts_.publish(time_now());  // connecting may take a while
    const auto answer = source_.connect(
        {worker_.wakeup_fd(), control_.wakeup_fd(), snapshot_.wakeup_fd(), options_.stop_fd});
    snapshot_.set_server(source_.server());
    control_.set_server(source_.server());
    answered(answer);
  }
  void carry_out(action::Disconnect&) {
    stream_.reset();
    source_.disconnect();
  }
  void carry_out(action::TryLease&) { answered(source_.try_lease()); }
  void carry_out(action::Identify&) { answered(source_.identify()); }
  void carry_out(action::FindSlot&) { answered(source_.find_slot()); }
  void carry_out(action::DropSlot&) { answered(source_.drop_slot()); }
  void carry_out(action::CreateSlot& what) {
    if (const auto answer = source_.create_slot(what.exports_snapshot)) answered(*answer);
  }
  void carry_out(action::ExplainSlot&) { answered(source_.explain_slot()); }
  void carry_out(action::CheckRules& what) {
    const auto answer = source_.check_rules(*rules_, context_.rule());
    answered(snapshot_.look_ahead(what, *rules_, context_.rule(), answer));
  }
  void carry_out(action::ReadHistory& what) { answered(source_.read_history(what.timeline)); }
  void carry_out(action::StartStream& what) {
    const auto answer = source_.start_stream(what.from);
    if (std::holds_alternative<input::PostgresFailed>(answer)) return answered(answer);
    stream_ = std::make_unique<cdc::TransactionStream>();
    feed(answer);
    if (!command_) control_.read_from(machine_.durable()->control);
  }
  void carry_out(action::SendFeedback& what) {
    if (!stream_) return;
    failpoint("feedback_before");
    auto sent = source_.send_feedback(what.flushed, what.reply_requested);
    failpoint("feedback_after");
    if (!sent) return postgres_failed(sent.error());
  }

  // To the buffers.
  void carry_out(action::SealOpen&) { buffers_.seal(); }
  void carry_out(action::DropBuffers&) {
    snapshot_.drop();
    fill_.drop();
    buffers_.drop();
  }
  void carry_out(action::ReleaseInFlight&) {
    facts_.saw_committed(buffers_.in_flight());
    buffers_.release();
  }
  void carry_out(action::AdoptRegistry& what) {
    origin_.epoch = what.epoch;
    context_.set_filled(what.context_filled);
    recorder_.adopt_registry(what.event_types, rules_->event_types());
    recorder_.set_event_partition_count(machine_.durable()->event_partition_count);
  }

  // The command's. Between two transactions `open` is empty.
  void carry_out(action::ApplyCommand& what) {
    apply_command(*command_, what, *rules_, origin_.epoch, to_string(options_.settings.incarnation),
                  recorder_, context_.lookup(), topics_, buffers_.open());
    const bool new_rules = command_->rules && what.refusal.empty();
    if (new_rules && rules_->hash() != command_->rules->hash()) {
      rules_ = command_->rules;
      mapper_ = std::make_unique<mapping::Mapper>(*rules_, context_.lookup());
      control_.set_rules(rules_);
    }
    const input::CommandApplied answer{buffers_.open().size(), buffers_.open().byte_count()};
    buffers_.seal();
    feed(answer);
  }
  void carry_out(action::CommandDone& what) {
    // Without a decision another instance carried it out, and has said so.
    if (command_ && !command_->decision.id.empty() && options_.say)
      options_.say(said_of(command_->decision));
    command_.reset();
    control_.read_from(what.next);
  }

  // The snapshot's. Between two transactions `open` is empty.
  void carry_out(action::TakeChunk& what) { snapshot_.take(what, *rules_); }
  void carry_out(action::ApplyChunk& what) {
    const auto answer = context_.or_failure(
        snapshot_.apply(what, origin_.epoch, rules_, recorder_, context_, buffers_.open()));
    if (std::holds_alternative<input::ChunkFailed>(answer)) buffers_.undo();
    buffers_.seal();
    feed(answer);
  }
  void carry_out(action::DropChunk&) { snapshot_.drop(); }
  void carry_out(action::ImportSnapshot& what) { fill_.import(what, source_.server()); }
  void carry_out(action::TakeAccounts& what) { fill_.take(what); }

  // To the log.
  void carry_out(action::ReadCheckpoint& what) { worker_.post(what); }
  void carry_out(action::OpenWriter& what) { worker_.post(what); }
  void carry_out(action::CloseWriter& what) { worker_.post(what); }
  void carry_out(action::Write& what) {
    LogWorker::WriteBatch batch{buffers_.send(what.records), std::move(what.checkpoint),
                                what.split_part, nullptr};
    if (what.asks_timeline) {
      auto probe = source_.timeline_probe();
      if (!probe) return feed(input::NotWritten{0, probe.error().message});
      batch.timeline_probe = *probe;
    }
    worker_.post(std::move(batch));
  }

  // To people.
  void carry_out(const action::Say& what) {
    if (options_.say) options_.say(what);
  }
  void carry_out(const action::Exit& what) {
    exit_code_ = what.code;
    carry_out(StopRequest::said_of(what));
  }

  std::shared_ptr<const mapping::RuleSet> rules_;
  CaptureOptions options_;
  Topics topics_;
  Machine machine_;
  FactKeeper facts_;
  RecordBuffers buffers_;
  EventRecorder recorder_;
  ContextFeed context_;
  std::unique_ptr<mapping::Mapper> mapper_;  // of rules_
  SourceSession source_;
  std::unique_ptr<cdc::TransactionStream> stream_;
  BulkMarks bulk_marks_;
  mapping::ChangeOrigin origin_;
  std::span<const cdc::RowChange> rows_;
  std::size_t payload_size_ = 0;
  SnapshotRunner snapshot_;
  ContextFill fill_;
  StopRequest stop_;
  QuarantineNotice quarantine_notice_;
  std::optional<int> exit_code_;
  bool feeding_ = false;
  std::deque<Input> waiting_;
  std::vector<Action> actions_;             // of the step that is being carried out
  std::optional<PreparedCommand> command_;  // the machine's, until it is done
  // Last: their threads read what stands above.
  LogWorker worker_;
  ControlReader control_;
};

}  // namespace

int run_capture(log::EventLog& event_log, std::shared_ptr<const mapping::RuleSet> rules,
                CaptureOptions options) {
  return Loop(event_log, std::move(rules), std::move(options)).run();
}

}  // namespace wakestream::capture
