#include "app/checkpoint/pipeline_access.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "app/commands.h"
#include "app/incarnation.h"
#include "app/open_log.h"
#include "log/for_each_record.h"
#include "roles/capture/error_policy.h"
#include "roles/capture/failpoint.h"
#include "roles/capture/lease_key.h"
#include "roles/capture/server_answers.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};

int exit_code_of(capture::Verdict verdict) {
  return verdict == capture::Verdict::refuse ? exit_problem : exit_try_again;
}

std::string sentence_of(const std::string& message, const char* way_out) {
  return way_out[0] == '\0' ? message : fmt::format("{}. {}", message, way_out);
}

tl::unexpected<AccessRefusal> refused(const cdc::Error& error) {
  const auto judgement = capture::judge(error.kind);
  return tl::make_unexpected(AccessRefusal{exit_code_of(judgement.verdict), "database_unreadable",
                                           sentence_of(error.message, judgement.way_out)});
}

tl::unexpected<AccessRefusal> refused(const log::Error& error) {
  const auto judgement = capture::judge(error.kind);
  return tl::make_unexpected(AccessRefusal{exit_code_of(judgement.verdict), "log_unreadable",
                                           sentence_of(error.message, judgement.way_out)});
}

tl::unexpected<AccessRefusal> runs(std::string message) {
  return tl::make_unexpected(AccessRefusal{exit_try_again, "capture_runs", std::move(message)});
}

capture::Settings settings_of(const Config& config) {
  capture::Settings settings;
  settings.pipeline = config.pipeline;
  settings.incarnation = this_process();
  settings.slot = config.source.slot_name;
  settings.slot_existing = config.source.slot_existing;
  settings.slot_failover = config.source.failover;
  return settings;
}

template <class Number>
bool read_hex(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc{} && end == text.data() + text.size();
}

// An event's id begins with its epoch and its commit's LSN, both of fixed width (mapping/event.h).
std::optional<capture::NewestEvent> event_of(std::string_view id) {
  capture::NewestEvent event;
  std::uint64_t commit = 0;
  if (id.size() < 25 || id[8] != '-' || !read_hex(id.substr(0, 8), event.epoch) ||
      !read_hex(id.substr(9, 16), commit))
    return std::nullopt;
  event.commit_lsn = cdc::Lsn{commit};
  return event;
}

}  // namespace

PipelineAccess::PipelineAccess(const Config& config, Options options,
                               std::unique_ptr<log::EventLog> event_log)
    : config_(config),
      settings_(settings_of(config)),
      topics_(config.pipeline),
      log_(std::move(event_log)),
      store_(
          *log_, topics_,
          {config.pipeline, event_partitions(config), options.changes && may_create_topics(config),
           config.context.has_value(), deadline, options.unreadable_is_none}) {}

Access<std::unique_ptr<PipelineAccess>> PipelineAccess::open(const Config& config,
                                                             Options options) {
  auto event_log = open_log(config);
  if (!event_log) return refused(event_log.error());
  std::unique_ptr<PipelineAccess> access(
      new PipelineAccess(config, options, std::move(*event_log)));
  cdc::SessionOptions session;
  session.conninfo = config.source.url.reveal();
  session.application_name = "wakestream checkpoint";
  auto connected = cdc::ReplicationSession::connect(session);
  if (!connected) return refused(connected.error());
  access->session_ = std::move(*connected);
  const auto server = access->session_->identify();
  if (!server) return refused(server.error());
  access->server_ = capture::connected_to(*server);
  return access;
}

Access<capture::Situation> PipelineAccess::look(log::Settled settled) {
  capture::Situation found;
  found.server = server_;
  auto checkpoint = store_.read(settled);
  if (!checkpoint) return refused(checkpoint.error());
  found.log = std::move(*checkpoint);
  if (found.log.checkpoint && found.log.checkpoint->timeline < server_.timeline) {
    const auto history = session_->timeline_history(server_.timeline);
    if (!history) return refused(history.error());
    found.switches = capture::read_history(*history).switches;
  }
  const auto slot = session_->find_slot(settings_.slot);
  if (!slot) return refused(slot.error());
  const auto wal_end = session_->wal_end();
  if (!wal_end) return refused(wal_end.error());
  found.slot = capture::found_slot(*slot, *wal_end).slot;
  found.wal_end = *wal_end;
  return found;
}

std::string PipelineAccess::lease_holder() {
  return session_->lease_holder(capture::lease_key(config_.pipeline, settings_.slot)).value_or("");
}

Access<void> PipelineAccess::lease_of(const std::string& slot) {
  const auto key = capture::lease_key(config_.pipeline, slot);
  const auto granted = session_->try_lease(key);
  if (!granted) return refused(granted.error());
  if (*granted) return {};
  return runs(fmt::format("a capture of this pipeline runs and holds its lease ({}): stop it first",
                          session_->lease_holder(key).value_or("")));
}

Access<void> PipelineAccess::take_lease(const capture::Situation& found) {
  if (auto taken = lease_of(settings_.slot); !taken) return taken;
  const auto& record = found.log.checkpoint;
  if (!record) return {};
  if (record->slot != settings_.slot) {
    if (auto taken = lease_of(record->slot); !taken) return taken;
  }
  // A primary and its standby grant the same lease.
  const auto age_ms = capture::wall_ms() - record->written_at_ms;
  if (record->server == server_.server || age_ms >= settings_.stale_after_ms) return {};
  return runs(
      fmt::format("a capture that reads {} ({}) wrote {} s ago: stop it, or try again when "
                  "its record is {} s old",
                  record->server, to_string(record->incarnation), age_ms / 1'000,
                  settings_.stale_after_ms / 1'000));
}

Access<void> PipelineAccess::take_writer() {
  log::WriterOptions options;
  options.name = "capture";
  options.incarnation = to_string(settings_.incarnation);
  auto writer = log_->open_writer(options);
  if (!writer) return refused(writer.error());
  writer_ = std::move(*writer);
  return {};
}

Access<std::optional<capture::NewestEvent>> PipelineAccess::newest_event() {
  // As text: its order is the order of commits. An id may be of a place long before: a row of a
  // snapshot, or a change that was replayed.
  std::string newest;
  const auto read = log::for_each_record(
      *log_, topics_.events, deadline, [&newest](const log::StoredRecord& record) {
        if (const auto place = log::header_of(record, "ce_sequence"); place > newest)
          newest = place;
        return true;
      });
  if (!read) return refused(read.error());
  return event_of(newest);
}

Access<void> PipelineAccess::write(const capture::Checkpoint& checkpoint,
                                   const capture::Decision& decision) {
  const auto value = encode_decision(decision);
  log::Record record;
  record.topic = topics_.decisions;
  record.key = decision.id;
  record.value = value;
  record.timestamp_ms = decision.decided_at_ms;
  auto done = writer_->begin()
                  .and_then([&] { return writer_->produce(record); })
                  .and_then([&] { return store_.put(*writer_, checkpoint); })
                  .and_then([&] {
                    capture::failpoint("checkpoint_after");
                    return writer_->commit({});
                  });
  if (done) return {};
  if (done.error().kind != log::ErrorKind::in_doubt) return refused(done.error());
  return tl::make_unexpected(AccessRefusal{
      exit_try_again, "commit_in_doubt",
      fmt::format("the outcome of the log transaction is unknown; wakestream checkpoint show tells "
                  "whether it happened: {}",
                  done.error().message)});
}

}  // namespace wakestream::app
