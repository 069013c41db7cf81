#include "cdc/session/replication_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "cdc/session/connection.h"
#include "cdc/session/copy_stream.h"
#include "cdc/session/published_tables.h"
#include "cdc/session/server_error.h"
#include "cdc/session/slot_creation.h"

namespace wakestream::cdc {

using std::chrono::milliseconds;

struct ReplicationSession::Impl {
  SessionOptions options;
  ConnectionPtr connection;
  std::unique_ptr<CopyStream> stream;
  std::vector<int> wakeup_fds;

  Patience patience(milliseconds at_least = {}) const {
    return {std::max(options.timeout, at_least), options.interrupt_fd};
  }
  Result<ResultPtr> run(const std::string& statement, std::string_view doing) {
    return execute(connection.get(), statement, doing, patience());
  }
  std::string literal(const std::string& text) { return quote_literal(connection.get(), text); }
  std::string identifier(const std::string& name) {
    return quote_identifier(connection.get(), name);
  }
};

ReplicationSession::ReplicationSession() : impl_(std::make_unique<Impl>()) {}
ReplicationSession::~ReplicationSession() = default;

namespace {

Lsn lsn_of(const std::string& text) { return parse_lsn(text).value_or(Lsn{}); }
bool yes(const std::string& text) { return text == "t"; }
std::uint64_t number_of(const std::string& text) { return text.empty() ? 0 : std::stoull(text); }

// Creating a slot waits for the transactions that run at that moment, so it gets more time than
// other statements.
constexpr milliseconds temporary_slot_timeout{60'000};

}  // namespace

Result<std::unique_ptr<ReplicationSession>> ReplicationSession::connect(
    const SessionOptions& options) {
  auto connection = connect_for_replication(options);
  if (!connection) return tl::make_unexpected(connection.error());
  std::unique_ptr<ReplicationSession> session(new ReplicationSession());
  session->impl_->options = options;
  session->impl_->connection = std::move(*connection);
  return session;
}

void ReplicationSession::set_wakeup_fds(std::vector<int> fds) {
  impl_->wakeup_fds = std::move(fds);
}

int ReplicationSession::backend_pid() const { return PQbackendPID(impl_->connection.get()); }

Result<ServerIdentity> ReplicationSession::identify() {
  auto system = impl_->run("IDENTIFY_SYSTEM", "identify the server");
  if (!system) return tl::make_unexpected(system.error());
  ServerIdentity server;
  server.system_identifier = number_of(cell(system->get(), 0, 0));
  server.timeline = static_cast<std::uint32_t>(number_of(cell(system->get(), 0, 1)));
  server.wal_end = lsn_of(cell(system->get(), 0, 2));
  server.database = cell(system->get(), 0, 3);
  auto settings = impl_->run(
      "SELECT pg_is_in_recovery(), current_setting('server_version_num'), "
      "current_setting('wal_level'), "
      "(SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'), "
      "host(inet_server_addr()), inet_server_port(), " +
          std::string(server_start_column),
      "read the server's settings");
  if (!settings) return tl::make_unexpected(settings.error());
  const auto* row = settings->get();
  server.in_recovery = yes(cell(row, 0, 0));
  server.version_num = static_cast<int>(number_of(cell(row, 0, 1)));
  server.wal_level = cell(row, 0, 2);
  server.wal_sender_timeout = milliseconds(number_of(cell(row, 0, 3)));
  server.instance = instance_at(impl_->connection.get(), cell(row, 0, 6));
  const auto host = cell(row, 0, 4);
  server.address = host.empty() ? fmt::format("{}:{}", PQhost(impl_->connection.get()),
                                              PQport(impl_->connection.get()))
                                : fmt::format("{}:{}", host, cell(row, 0, 5));
  return server;
}

Result<Lsn> ReplicationSession::wal_end() {
  auto answer = impl_->run(std::string("SELECT ") + wal_end_sql, "ask the server for its position");
  if (!answer) return tl::make_unexpected(answer.error());
  return lsn_of(cell(answer->get(), 0, 0));
}

Result<bool> ReplicationSession::try_lease(std::int64_t key) {
  auto answer =
      impl_->run(fmt::format("SELECT pg_try_advisory_lock({})", key), "ask for the lease");
  if (!answer) return tl::make_unexpected(answer.error());
  return yes(cell(answer->get(), 0, 0));
}

Result<std::string> ReplicationSession::lease_holder(std::int64_t key) {
  const auto unsigned_key = static_cast<std::uint64_t>(key);
  auto answer = impl_->run(fmt::format("SELECT format('pid %s from %s since %s', a.pid, "
                                       "coalesce(host(a.client_addr), 'a local socket'), "
                                       "date_trunc('second', a.backend_start)) FROM pg_locks l "
                                       "JOIN pg_stat_activity a ON a.pid = l.pid "
                                       "WHERE l.locktype = 'advisory' AND l.granted AND l.classid "
                                       "= {} AND l.objid = {} AND l.objsubid = 1",
                                       unsigned_key >> 32U, unsigned_key & 0xFFFFFFFFU),
                           "ask who holds the lease");
  if (!answer) return tl::make_unexpected(answer.error());
  return PQntuples(answer->get()) == 0 ? std::string() : cell(answer->get(), 0, 0);
}

Result<std::optional<SlotState>> ReplicationSession::find_slot(const std::string& name) {
  // By to_jsonb, because synced came with 17.
  auto answer = impl_->run(
      fmt::format("SELECT plugin, database, active, active_pid, coalesce(wal_status = "
                  "'lost', false) OR restart_lsn IS NULL, confirmed_flush_lsn, "
                  "restart_lsn, two_phase, {}, coalesce((facts ->> 'synced')::boolean, false) "
                  "FROM pg_replication_slots s, to_jsonb(s) AS facts WHERE slot_name = {}",
                  slot_invalidation_column, impl_->literal(name)),
      fmt::format("look for slot \"{}\"", name));
  if (!answer) return tl::make_unexpected(answer.error());
  const auto* row = answer->get();
  if (PQntuples(row) == 0) return std::nullopt;
  SlotState slot;
  slot.plugin = cell(row, 0, 0);
  slot.database = cell(row, 0, 1);
  slot.active = yes(cell(row, 0, 2));
  slot.active_pid = static_cast<int>(number_of(cell(row, 0, 3)));
  slot.lost = yes(cell(row, 0, 4));
  slot.confirmed_flush_lsn = lsn_of(cell(row, 0, 5));
  slot.restart_lsn = lsn_of(cell(row, 0, 6));
  slot.two_phase = yes(cell(row, 0, 7));
  slot.invalidation = cell(row, 0, 8);
  slot.lost = slot.lost || !slot.invalidation.empty();
  slot.synced = yes(cell(row, 0, 9));
  return slot;
}

Result<std::unique_ptr<SlotCreation>> ReplicationSession::create_slot(const NewSlot& slot) {
  return SlotCreation::begin(impl_->connection.get(), impl_->options, slot);
}

Result<Lsn> ReplicationSession::create_temporary_slot(const std::string& name,
                                                      const std::string& copy_of) {
  const auto doing = fmt::format("create temporary slot \"{}\"", name);
  if (copy_of.empty()) {
    auto answer = execute(
        impl_->connection.get(),
        fmt::format("CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT",
                    impl_->identifier(name)),
        doing, impl_->patience(temporary_slot_timeout));
    if (!answer) return tl::make_unexpected(answer.error());
    return lsn_of(cell(answer->get(), 0, 1));
  }
  auto answer =
      impl_->run(fmt::format("SELECT lsn FROM pg_copy_logical_replication_slot({}, {}, true)",
                             impl_->literal(copy_of), impl_->literal(name)),
                 fmt::format("copy slot \"{}\"", copy_of));
  if (!answer) return tl::make_unexpected(answer.error());
  return lsn_of(cell(answer->get(), 0, 0));
}

Result<void> ReplicationSession::drop_slot(const std::string& name) {
  auto answer = impl_->run(fmt::format("DROP_REPLICATION_SLOT {}", impl_->identifier(name)),
                           fmt::format("drop slot \"{}\"", name));
  if (!answer) return tl::make_unexpected(answer.error());
  return {};
}

// The file has one line a timeline that was left: its number, where it was left, and a reason.
Result<std::vector<TimelineSwitch>> ReplicationSession::timeline_history(std::uint32_t timeline) {
  std::vector<TimelineSwitch> switches;
  if (timeline <= 1) return switches;  // the first has no history file
  auto answer = impl_->run(fmt::format("TIMELINE_HISTORY {}", timeline),
                           fmt::format("read the history of timeline {}", timeline));
  if (!answer) return tl::make_unexpected(answer.error());
  const auto file = cell(answer->get(), 0, 1);
  std::size_t begin = 0;
  while (begin < file.size()) {
    const auto end = std::min(file.find('\n', begin), file.size());
    const auto line = file.substr(begin, end - begin);
    begin = end + 1;
    const auto first_tab = line.find('\t');
    if (line.empty() || line[0] == '#' || first_tab == std::string::npos) continue;
    const auto second_tab = std::min(line.find('\t', first_tab + 1), line.size());
    const auto lsn = parse_lsn(line.substr(first_tab + 1, second_tab - first_tab - 1));
    if (!lsn || line.find_first_not_of("0123456789") != first_tab) {
      return tl::make_unexpected(Error{
          ErrorKind::malformed,
          fmt::format("the history file of timeline {} has a line that is no switch", timeline),
          {}});
    }
    switches.push_back({static_cast<std::uint32_t>(number_of(line.substr(0, first_tab))), *lsn});
  }
  return switches;
}

Result<std::vector<PublishedTable>> ReplicationSession::published_tables(
    const std::string& publication) {
  return read_published_tables(impl_->connection.get(), publication, impl_->patience());
}

Result<void> ReplicationSession::start_streaming(const std::string& slot,
                                                 const std::string& publication, Lsn from,
                                                 bool messages) {
  // proto_version 1: no transactions in progress, no prepared ones.
  const auto statement = fmt::format(
      "START_REPLICATION SLOT {} LOGICAL {} (proto_version '1', publication_names {}{})",
      impl_->identifier(slot), to_string(from), impl_->literal(impl_->identifier(publication)),
      messages ? ", messages 'true'" : "");
  auto answer = impl_->run(statement, fmt::format("stream from slot \"{}\"", slot));
  if (!answer) return tl::make_unexpected(answer.error());
  if (PQresultStatus(answer->get()) != PGRES_COPY_BOTH) {
    return tl::make_unexpected(
        Error{ErrorKind::server_error,
              fmt::format("stream from slot \"{}\": the server did not begin to stream", slot),
              {}});
  }
  impl_->stream = std::make_unique<CopyStream>(impl_->connection.get(), impl_->wakeup_fds);
  return {};
}

Result<Received> ReplicationSession::receive(milliseconds wait) {
  return impl_->stream->receive(wait);
}

Result<void> ReplicationSession::send_feedback(Lsn flushed, bool reply_requested) {
  return impl_->stream->send_feedback(flushed, reply_requested);
}

Result<void> ReplicationSession::stop_streaming() {
  auto stopped = impl_->stream->stop(impl_->options.timeout);
  if (stopped) impl_->stream.reset();
  return stopped;
}

}  // namespace wakestream::cdc
