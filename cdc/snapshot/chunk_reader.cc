#include "cdc/snapshot/chunk_reader.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cdc/session/connection.h"
#include "cdc/session/published_tables.h"
#include "cdc/session/server_error.h"
#include "cdc/snapshot/chunk_sql.h"
#include "cdc/snapshot/describe_table.h"

namespace wakestream::cdc {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A row filter or a condition may make the server look at many rows before it finds enough.
constexpr milliseconds chunk_timeout{600'000};

// A change of the table must not wait behind us, nor we for long behind it.
constexpr const char* session_sql =
    "SET row_security = off; SET lock_timeout = '3s'; SET default_transaction_read_only = on";

constexpr const char* begin_sql =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_current_snapshot(), "
    "pg_current_wal_insert_lsn(), (extract(epoch FROM now()) * 1000000)::bigint; ";

// Of a standby, which says neither which transactions its snapshots see nor where exactly they
// stand: what had been replayed before the snapshot was taken is seen; what had not been received
// behind it is not. Replaying alone would be no bound for that: a commit is seen a moment before it
// counts as replayed.
constexpr const char* replayed_sql = "SELECT pg_last_wal_replay_lsn()";
constexpr const char* begin_on_standby_sql =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_is_in_recovery(), "
    "pg_last_wal_receive_lsn(), (extract(epoch FROM now()) * 1000000)::bigint; ";

tl::unexpected<SnapshotProblem> passing(std::string message) {
  return tl::make_unexpected(SnapshotProblem{std::move(message), true});
}

// What the server refuses now and may not refuse later: locks, conflicts with recovery, resources,
// a table that was changed since it was described. A value is never repeated: class 22 quotes it in
// its message, and a function may say what it likes.
SnapshotProblem problem_of_result(const PGresult* result, const std::string& doing) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  if (state.starts_with("22"))
    return {
        fmt::format("{}: a value has not the form that its type wants (SQLSTATE {})", doing, state),
        false};
  if (state.starts_with("P0"))
    return {fmt::format("{}: a function that it calls failed (SQLSTATE {})", doing, state), false};
  const auto error = error_of(result, doing);
  const bool passes = error.kind == ErrorKind::connection_failed || state == "55P03" ||
                      state == "57014" || state == "42703" || state == "42P01" ||
                      state.starts_with("40") || state.starts_with("58");
  return {error.message, passes};
}

// The log's insert position as a place where a record ends. Where the last record filled its page,
// the position lies behind the header of the next one, which nothing written comes to.
Lsn without_page_header(Lsn position, std::uint64_t block, std::uint64_t segment) {
  constexpr std::uint64_t short_header = 24;
  constexpr std::uint64_t long_header = 40;
  const auto value = position.value();
  if (segment != 0 && value % segment == long_header) return Lsn{value - long_header};
  if (block != 0 && value % block == short_header) return Lsn{value - short_header};
  return position;
}

}  // namespace

struct ChunkReader::Impl {
  ConnectionPtr connection;
  SessionOptions options;
  bool in_recovery = false;
  std::uint64_t wal_block_bytes = 0;
  std::uint64_t wal_segment_bytes = 0;

  PGconn* server() const { return connection.get(); }
  Patience patience() const { return {options.timeout, options.interrupt_fd}; }

  SnapshotResult<void> look_at_server();
  SnapshotResult<ResultPtr> next_result(Clock::time_point deadline, const std::string& doing);
  SnapshotResult<bool> copy_into(RowBlock& block, std::size_t bytes_max, Clock::time_point deadline,
                                 const std::string& doing);
  SnapshotResult<void> take_answers(Chunk& chunk, const ChunkRange& range,
                                    const std::string& doing);
  SnapshotResult<void> take_sight(const PGresult* row, Chunk& chunk) const;
  SnapshotResult<void> take_sight_of_standby(const PGresult* row, Chunk& chunk) const;
  SnapshotResult<Lsn> replayed();
  Quoting quoting() const {
    return {[this](const std::string& text) { return quote_literal(server(), text); },
            [this](const std::string& name) { return quote_identifier(server(), name); }};
  }
  void cancel() const;
};

ChunkReader::ChunkReader() : impl_(std::make_unique<Impl>()) {}

// The server would go on with a query that nobody waits for.
ChunkReader::~ChunkReader() {
  if (impl_->connection && PQtransactionStatus(impl_->server()) == PQTRANS_ACTIVE) impl_->cancel();
}

SnapshotResult<std::unique_ptr<ChunkReader>> ChunkReader::connect(const SessionOptions& options) {
  auto connection = connect_for_queries(options);
  if (!connection) return tl::make_unexpected(problem_of(connection.error()));
  std::unique_ptr<ChunkReader> reader(new ChunkReader());
  reader->impl_->connection = std::move(*connection);
  reader->impl_->options = options;
  if (auto looked = reader->impl_->look_at_server(); !looked)
    return tl::make_unexpected(looked.error());
  return reader;
}

SnapshotResult<void> ChunkReader::Impl::look_at_server() {
  auto set = execute(server(), session_sql, "set up the snapshot's session", patience());
  if (!set) return tl::make_unexpected(problem_of(set.error()));
  auto row = execute(server(),
                     std::string("SELECT pg_is_in_recovery(), (SELECT setting FROM pg_settings "
                                 "WHERE name = 'wal_block_size'), (SELECT setting FROM pg_settings "
                                 "WHERE name = 'wal_segment_size'), ") +
                         server_start_column,
                     "ask the server what it is", patience());
  if (!row) return tl::make_unexpected(problem_of(row.error()));
  if (options.only && options.only->started_at != cell(row->get(), 0, 3))
    return passing(
        "the snapshot's connection reached another server than the stream's, or one that was "
        "restarted: source.url must lead both to the same one, without a load balancer in between");
  in_recovery = cell(row->get(), 0, 0) == "t";
  wal_block_bytes = std::strtoull(cell(row->get(), 0, 1).c_str(), nullptr, 10);
  wal_segment_bytes = std::strtoull(cell(row->get(), 0, 2).c_str(), nullptr, 10);
  return {};
}

SnapshotResult<std::vector<Relation>> ChunkReader::published(const std::string& publication) {
  auto tables = read_published_tables(impl_->server(), publication, impl_->patience());
  if (!tables) return tl::make_unexpected(problem_of(tables.error()));
  std::vector<Relation> relations;
  relations.reserve(tables->size());
  for (const auto& table : *tables) relations.push_back(relation_of(table));
  return relations;
}

SnapshotResult<SnapshotTable> ChunkReader::describe(const std::string& publication,
                                                    const std::string& table) {
  return describe_table(impl_->server(), publication, table, impl_->patience());
}

// By the extended protocol, which takes one statement at a time, whatever stands in it.
SnapshotResult<void> ChunkReader::check_condition(const SnapshotTable& table,
                                                  const std::string& where) {
  const std::string doing = "check the condition";
  for (const auto& statement : condition_checks(table, where, impl_->quoting())) {
    if (PQsendQueryParams(impl_->server(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                          0) == 0)
      return passing(connection_error(impl_->server(), doing).message);
    std::optional<SnapshotProblem> problem;
    while (true) {
      auto result = impl_->next_result(Clock::now() + impl_->options.timeout, doing);
      if (!result) return tl::make_unexpected(result.error());
      if (!*result) break;
      if (problem || PQresultStatus(result->get()) == PGRES_TUPLES_OK) continue;
      problem = problem_of_result(result->get(), doing);
      // What it names and the server does not know is its own mistake: the table was described just
      // now.
      const char* state = PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
      if (state != nullptr && std::string_view(state).starts_with("42")) problem->passing = false;
    }
    if (problem) return tl::make_unexpected(*problem);
  }
  return {};
}

// One round trip (a standby's position before it is another): transaction, snapshot, position,
// rows.
SnapshotResult<Chunk> ChunkReader::read(const SnapshotTable& table, const ChunkRange& range) {
  const auto doing = fmt::format("read rows of {}.{}", table.relation.schema, table.relation.name);
  const auto quoting = impl_->quoting();
  std::string sql = impl_->in_recovery ? begin_on_standby_sql : begin_sql;
  if (!range.again.empty()) sql += copy_again_sql(table, range, quoting) + "; ";
  if (range.rows_max > 0) sql += copy_rows_sql(table, range, quoting) + "; ";
  sql += "COMMIT";
  Chunk chunk;
  chunk.again = RowBlock(table.relation.columns.size());
  chunk.rows = RowBlock(table.relation.columns.size());
  chunk.rows.reserve(range.rows_max, range.bytes_max);
  if (impl_->in_recovery) {
    auto low = impl_->replayed();
    if (!low) return tl::make_unexpected(low.error());
    chunk.sight.low = *low;
  }
  if (PQsendQuery(impl_->server(), sql.c_str()) == 0)
    return passing(connection_error(impl_->server(), doing).message);
  if (auto taken = impl_->take_answers(chunk, range, doing); !taken)
    return tl::make_unexpected(taken.error());
  return chunk;
}

// Of BEGIN, of the position, of one or two COPYs, of COMMIT.
SnapshotResult<void> ChunkReader::Impl::take_answers(Chunk& chunk, const ChunkRange& range,
                                                     const std::string& doing) {
  const auto deadline = Clock::now() + chunk_timeout;
  bool again_waits = !range.again.empty();
  bool cut = false;
  while (true) {
    auto result = next_result(deadline, doing);
    if (!result) return tl::make_unexpected(result.error());
    if (!*result) break;
    const auto status = PQresultStatus(result->get());
    if (status == PGRES_TUPLES_OK) {
      auto taken = in_recovery ? take_sight_of_standby(result->get(), chunk)
                               : take_sight(result->get(), chunk);
      if (!taken) return taken;
    } else if (status == PGRES_COPY_OUT) {
      auto& block = again_waits ? chunk.again : chunk.rows;
      const auto bytes_max = again_waits ? 0 : range.bytes_max;
      again_waits = false;
      auto whole = copy_into(block, bytes_max, deadline, doing);
      if (!whole) return tl::make_unexpected(whole.error());
      cut = cut || !*whole;
    } else if (status != PGRES_COMMAND_OK && !cut) {
      return tl::make_unexpected(problem_of_result(result->get(), doing));
    }
  }
  if (!chunk.sight.high.valid()) return passing(doing + ": the connection was lost");
  chunk.reached_end = range.rows_max > 0 && !cut && chunk.rows.row_count() < range.rows_max;
  if (cut && PQtransactionStatus(server()) != PQTRANS_IDLE) {
    auto ended = execute(server(), "ROLLBACK", doing, patience());
    if (!ended) return tl::make_unexpected(problem_of(ended.error()));
  }
  return {};
}

// None when there is no further one.
SnapshotResult<ResultPtr> ChunkReader::Impl::next_result(Clock::time_point deadline,
                                                         const std::string& doing) {
  while (PQflush(server()) == 1) {
    if (auto ready = await_socket(server(), true, deadline, patience(), doing); !ready)
      return tl::make_unexpected(problem_of(ready.error()));
  }
  while (PQisBusy(server()) != 0) {
    if (auto ready = await_socket(server(), false, deadline, patience(), doing); !ready)
      return tl::make_unexpected(problem_of(ready.error()));
    if (PQconsumeInput(server()) == 0) return passing(connection_error(server(), doing).message);
  }
  return ResultPtr(PQgetResult(server()));
}

// False when there were more rows than `bytes_max` lets in (0: all): the query is cancelled then,
// and what follows in it fails.
SnapshotResult<bool> ChunkReader::Impl::copy_into(RowBlock& block, std::size_t bytes_max,
                                                  Clock::time_point deadline,
                                                  const std::string& doing) {
  bool whole = true;
  while (true) {
    char* line = nullptr;
    const int size = PQgetCopyData(server(), &line, 1);
    if (size == -1) return whole;
    if (size == -2) return passing(connection_error(server(), doing).message);
    if (size == 0) {
      if (auto ready = await_socket(server(), false, deadline, patience(), doing); !ready)
        return tl::make_unexpected(problem_of(ready.error()));
      if (PQconsumeInput(server()) == 0) return passing(connection_error(server(), doing).message);
      continue;
    }
    const bool added = !whole || block.add_copy_line({line, static_cast<std::size_t>(size)});
    PQfreemem(line);
    if (!added)
      return tl::make_unexpected(SnapshotProblem{
          doing + ": the server sent a line that is no row of COPY's text format", false});
    if (whole && bytes_max > 0 && block.byte_count() >= bytes_max) {
      whole = false;
      cancel();
    }
  }
}

SnapshotResult<void> ChunkReader::Impl::take_sight(const PGresult* row, Chunk& chunk) const {
  chunk.sight.snapshot = parse_server_snapshot(cell(row, 0, 0));
  const auto high = parse_lsn(cell(row, 0, 1));
  if (!chunk.sight.snapshot || !high)
    return tl::make_unexpected(
        SnapshotProblem{"the server's snapshot or position has a form that is not known", false});
  chunk.sight.high = without_page_header(*high, wal_block_bytes, wal_segment_bytes);
  chunk.read_at_us = std::strtoll(cell(row, 0, 2).c_str(), nullptr, 10);
  return {};
}

SnapshotResult<Lsn> ChunkReader::Impl::replayed() {
  auto row = execute(server(), replayed_sql, "ask the standby how far it is", patience());
  if (!row) return tl::make_unexpected(problem_of(row.error()));
  const auto position = parse_lsn(cell(row->get(), 0, 0));
  if (!position) return passing("the standby has replayed nothing yet");
  return *position;
}

// Asked behind the snapshot, so a promotion that comes later has nothing in it.
SnapshotResult<void> ChunkReader::Impl::take_sight_of_standby(const PGresult* row,
                                                              Chunk& chunk) const {
  if (cell(row, 0, 0) != "t") return passing("the standby was promoted while a chunk was read");
  const auto received = parse_lsn(cell(row, 0, 1));
  if (!received || *received < chunk.sight.low)
    return passing(
        "the standby does not say how far it has received its primary's log: a snapshot needs it "
        "to "
        "stream from its primary (pg_stat_wal_receiver), and waits for that");
  chunk.sight.high = *received;
  chunk.read_at_us = std::strtoll(cell(row, 0, 2).c_str(), nullptr, 10);
  return {};
}

void ChunkReader::Impl::cancel() const {
  PGcancel* request = PQgetCancel(server());
  if (request == nullptr) return;
  std::array<char, 256> message{};
  PQcancel(request, message.data(), static_cast<int>(message.size()));
  PQfreeCancel(request);
}

}  // namespace wakestream::cdc
