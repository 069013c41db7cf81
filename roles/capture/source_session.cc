#include "roles/capture/source_session.h"

#include <fmt/format.h>

#include <utility>

#include "roles/capture/lease_key.h"
#include "roles/capture/server_answers.h"
#include "roles/capture/table_check.h"

namespace wakestream::capture {

namespace {

Input failed(cdc::Error error) { return input::PostgresFailed{std::move(error)}; }

}  // namespace

Input SourceSession::connect(std::vector<int> wakeup_fds) {
  auto session = cdc::ReplicationSession::connect(options_.session);
  if (!session) return failed(session.error());
  session_ = std::move(*session);
  session_->set_wakeup_fds(std::move(wakeup_fds));
  const auto server = session_->identify();
  if (!server) return failed(server.error());
  server_ = server->instance;
  return connected_to(*server);
}

void SourceSession::disconnect() {
  creation_.reset();
  session_.reset();
  probe_.reset();
}

Input SourceSession::try_lease() {
  const auto key = lease_key(options_.pipeline, options_.slot);
  const auto granted = session_->try_lease(key);
  if (!granted) return failed(granted.error());
  input::LeaseAnswered answer;
  answer.granted = *granted;
  if (*granted) {
    lease_pid_ = session_->backend_pid();
  } else {
    answer.holder = session_->lease_holder(key).value_or("");
    answer.our_own =
        lease_pid_ != 0 && answer.holder.starts_with(fmt::format("pid {} ", lease_pid_));
  }
  return answer;
}

Input SourceSession::identify() {
  const auto server = session_->identify();
  if (!server) return failed(server.error());
  return input::Identified{connected_to(*server)};
}

Input SourceSession::find_slot() {
  const auto slot = session_->find_slot(options_.slot);
  if (!slot) return failed(slot.error());
  const auto wal_end = session_->wal_end();
  if (!wal_end) return failed(wal_end.error());
  return found_slot(*slot, *wal_end);
}

Input SourceSession::drop_slot() {
  const auto dropped = session_->drop_slot(options_.slot);
  if (!dropped) return failed(dropped.error());
  return input::SlotDropped{};
}

std::optional<Input> SourceSession::create_slot(bool exports_snapshot) {
  auto begun = session_->create_slot({options_.slot, options_.slot_failover, exports_snapshot});
  if (!begun) return failed(begun.error());
  creation_ = std::move(*begun);
  return created_slot();
}

std::optional<Input> SourceSession::created_slot() {
  if (!creation_) return std::nullopt;
  auto made = creation_->look();
  if (made && !*made) return std::nullopt;
  creation_.reset();
  if (!made) return failed(made.error());
  return input::SlotCreated{(*made)->consistent_point, std::move((*made)->snapshot)};
}

Input SourceSession::explain_slot() {
  if (!creation_) return input::SlotAwaited{"the server"};
  auto what = creation_->waits_for();
  if (what) return input::SlotAwaited{std::move(*what)};
  return input::SlotAwaited{fmt::format("transactions that run to end ({})", what.error().message)};
}

Input SourceSession::check_rules(const mapping::RuleSet& rules,
                                 const mapping::ContextRule* context) {
  const auto tables = session_->published_tables(options_.publication);
  if (!tables) return failed(tables.error());
  return input::RulesChecked{check_tables(rules, context, *tables, options_.publication)};
}

Input SourceSession::read_history(std::uint32_t timeline) {
  const auto history = session_->timeline_history(timeline);
  if (!history) return failed(history.error());
  return capture::read_history(*history);
}

Input SourceSession::start_stream(cdc::Lsn from) {
  const auto started =
      session_->start_streaming(options_.slot, options_.publication, from, options_.messages);
  if (!started) return failed(started.error());
  return input::StreamStarted{};
}

cdc::Result<std::shared_ptr<cdc::TimelineProbe>> SourceSession::timeline_probe() {
  if (!probe_) {
    auto probe = cdc::TimelineProbe::connect(options_.session, server_);
    if (!probe) return tl::make_unexpected(probe.error());
    probe_ = std::move(*probe);
  }
  return probe_;
}

}  // namespace wakestream::capture
