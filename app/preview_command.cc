// Rules on live changes: a slot that ends with the session, events to stdout, nothing written
// anywhere.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <map>

#include "app/commands.h"
#include "app/load_rules.h"
#include "app/output.h"
#include "app/stop_signal.h"
#include "cdc/session/replication_session.h"
#include "cdc/stream/transaction_stream.h"
#include "mapping/mapper.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/table_check.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Prints what the mapper gives, an object a line.
class Printer final : public mapping::EventSink {
 public:
  Printer(Output& output, bool show_values) : output_(output), show_values_(show_values) {}

  void on_event(const mapping::ChangeOrigin& origin, const mapping::Event& event) override {
    note_commit(origin);
    if (by_type.size() <= event.rule_index) by_type.resize(event.rule_index + 1U);
    auto& seen = by_type[event.rule_index];
    if (seen.second++ == 0) seen.first = event.type;
    ++event_count;
    auto& line = output_.line();
    line += "{\"id\":\"";
    line += mapping::event_id(origin, mapping::EventKind::change, event.rule_index);
    line += "\",\"type\":\"";
    line += event.type;
    line += "\",\"subject\":";
    append_json_string(line, event.account_id);
    line += commit_;
    line += event.table;
    line += "\",\"data\":";
    line += event.payload;
    line += '}';
    output_.end_line();
  }

  void on_quarantined(const mapping::ChangeOrigin& origin,
                      const mapping::QuarantinedRow& row) override {
    note_commit(origin);
    ++quarantined_count;
    auto& line = output_.line();
    line +=
        fmt::format("{{\"quarantined\":\"{}\",\"column\":\"{}\",\"reason\":", row.rule, row.column);
    append_json_string(line, row.reason);
    line += commit_;
    line += row.table;
    line += '"';
    if (show_values_ && !row.row.empty()) {
      line += ",\"row\":";
      line += row.row;
    }
    line += '}';
    output_.end_line();
  }

  std::vector<std::pair<std::string, std::uint64_t>> by_type;
  std::uint64_t event_count = 0;
  std::uint64_t quarantined_count = 0;

 private:
  void note_commit(const mapping::ChangeOrigin& origin) {
    if (origin.commit_lsn == commit_lsn_) return;
    commit_lsn_ = origin.commit_lsn;
    commit_ = fmt::format(",\"time\":\"{}\",\"lsn\":\"{}\",\"table\":\"",
                          capture::rfc3339(origin.commit_time_us), cdc::to_string(commit_lsn_));
  }

  Output& output_;
  bool show_values_;
  cdc::Lsn commit_lsn_;
  std::string commit_;
};

class Preview {
 public:
  Preview(const Config& config, const PreviewOptions& options, const mapping::RuleSet& rules,
          Logger& logger)
      : config_(config),
        options_(options),
        rules_(rules),
        logger_(logger),
        mapper_(rules),
        output_(options.discard),
        printer_(output_, options.show_values) {}

  int run() {
    if (const int problem = connect(); problem != exit_done) return problem;
    session_->set_wakeup_fds({stop_.fd()});
    const auto begin = Clock::now();
    last_message_ = last_feedback_ = begin;
    int code = exit_done;
    while (!done() && code == exit_done) code = receive();
    output_.flush();
    sum_up(std::chrono::duration<double>((options_.until_idle_s ? last_message_ : Clock::now()) -
                                         begin)
               .count());
    return code;
  }

 private:
  int fail(const cdc::Error& error) {
    output_.flush();
    logger_.error("postgres", error.lsn.valid() ? fmt::format("{} (at {})", error.message,
                                                              cdc::to_string(error.lsn))
                                                : error.message);
    return error.kind == cdc::ErrorKind::connection_failed ? exit_try_again : exit_problem;
  }

  int connect() {
    cdc::SessionOptions session;
    session.conninfo = config_.source.url.reveal();
    session.application_name = "wakestream preview";
    auto connected = cdc::ReplicationSession::connect(session);
    if (!connected) return fail(connected.error());
    session_ = std::move(*connected);
    auto server = session_->identify();
    if (!server) return fail(server.error());
    if (server->wal_sender_timeout.count() > 0)
      feedback_interval_ = std::min(feedback_interval_, server->wal_sender_timeout / 6);
    auto tables = session_->published_tables(config_.source.publication);
    if (!tables) return fail(tables.error());
    const auto problems = capture::check_tables(rules_, *tables, config_.source.publication);
    for (const auto& problem : problems) logger_.error("rule_does_not_fit", problem);
    if (!problems.empty()) return exit_problem;
    const auto slot = fmt::format("wakestream_preview_{}", getpid());
    auto from =
        session_->create_temporary_slot(slot, options_.from_slot ? config_.source.slot_name : "");
    if (!from) return fail(from.error());
    reached_ = *from;
    if (auto started = session_->start_streaming(slot, config_.source.publication, *from); !started)
      return fail(started.error());
    logger_.info("previewing",
                 "previewing; nothing is written and the pipeline's slot stays where it is",
                 {{"from", cdc::to_string(*from)}});
    return exit_done;
  }

  bool done() const {
    if (stop_.requested() || output_.closed()) return true;
    if (options_.limit && printer_.event_count >= *options_.limit) return true;
    return options_.until_idle_s &&
           std::chrono::duration<double>(Clock::now() - last_message_).count() >=
               *options_.until_idle_s;
  }

  int receive() {
    constexpr int messages_in_a_row_max = 256;
    if (Clock::now() - last_feedback_ >= feedback_interval_) {
      last_feedback_ = Clock::now();
      if (auto sent = session_->send_feedback(reached_, false); !sent) return fail(sent.error());
    }
    for (int count = 0; count < messages_in_a_row_max; ++count) {
      const auto received = session_->receive(milliseconds(count == 0 ? 100 : 0));
      if (!received) return fail(received.error());
      if (std::holds_alternative<cdc::Quiet>(*received)) {
        if (count == 0) output_.flush();
        return exit_done;
      }
      if (const auto* keepalive = std::get_if<cdc::Keepalive>(&*received)) {
        if (!stream_.in_transaction()) reached_ = std::max(reached_, keepalive->wal_end);
        if (keepalive->reply_requested) last_feedback_ = {};
        continue;
      }
      if (const int code = take(std::get<cdc::WalData>(*received)); code != exit_done) return code;
      if (options_.limit && printer_.event_count >= *options_.limit) return exit_done;
    }
    last_message_ = Clock::now();
    return exit_done;
  }

  int take(const cdc::WalData& data) {
    const auto item = stream_.push(data.wal_start, data.payload);
    if (!item) return fail(item.error());
    if (const auto* row = std::get_if<cdc::RowChange>(&*item)) return map(*row);
    if (const auto* truncation = std::get_if<cdc::Truncation>(&*item)) {
      for (const auto& row : truncation->tables) {
        if (const int code = map(row); code != exit_done) return code;
      }
    } else if (const auto* begin = std::get_if<cdc::TransactionBegin>(&*item)) {
      origin_.commit_lsn = begin->commit_lsn;
      origin_.commit_time_us = begin->commit_time_us;
    } else if (const auto* commit = std::get_if<cdc::TransactionCommit>(&*item)) {
      reached_ = commit->end_lsn;
      last_message_ = Clock::now();
    }
    return exit_done;
  }

  int map(const cdc::RowChange& row) {
    ++row_count_;
    origin_.ordinal = row.ordinal;
    if (auto mapped = mapper_.map(origin_, row, printer_); !mapped) {
      output_.flush();
      logger_.error("rule_broken", mapping::to_string(mapped.error()),
                    {{"lsn", cdc::to_string(row.lsn)}});
      return exit_problem;
    }
    return exit_done;
  }

  void sum_up(double seconds) {
    Logger::Fields fields{
        {"rows", std::to_string(row_count_)},
        {"events", std::to_string(printer_.event_count)},
        {"quarantined", std::to_string(printer_.quarantined_count)},
        {"seconds", fmt::format("{:.3f}", seconds)},
        {"rows_per_second",
         fmt::format("{:.0f}", seconds > 0 ? static_cast<double>(row_count_) / seconds : 0)}};
    for (const auto& [type, count] : printer_.by_type) {
      if (count > 0) fields.emplace_back(type, std::to_string(count));
    }
    logger_.info("previewed", "preview ends", fields);
  }

  const Config& config_;
  const PreviewOptions& options_;
  const mapping::RuleSet& rules_;
  Logger& logger_;
  StopSignal stop_;
  mapping::Mapper mapper_;
  Output output_;
  Printer printer_;
  std::unique_ptr<cdc::ReplicationSession> session_;
  cdc::TransactionStream stream_;
  mapping::ChangeOrigin origin_{1, {}, 0, 0};
  cdc::Lsn reached_;
  std::uint64_t row_count_ = 0;
  Clock::time_point last_message_;
  Clock::time_point last_feedback_;
  milliseconds feedback_interval_{10'000};
};

}  // namespace

int preview_command(const Config& config, const PreviewOptions& options, Logger& logger) {
  const auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  return Preview(config, options, *rules, logger).run();
}

}  // namespace wakestream::app
