#include "cdc/snapshot/chunk_reader.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "cdc/session/published_tables.h"
#include "cdc/session/server_error.h"
#include "cdc/snapshot/chunk_sql.h"
#include "cdc/snapshot/describe_table.h"
#include "cdc/snapshot/reading_session.h"

namespace wakestream::cdc {

namespace {

using Clock = ReadingSession::Clock;

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
  explicit Impl(ReadingSession session_in) : session(std::move(session_in)) {}

  ReadingSession session;
  bool in_recovery = false;
  std::uint64_t wal_block_bytes = 0;
  std::uint64_t wal_segment_bytes = 0;

  PGconn* server() const { return session.server(); }

  SnapshotResult<void> look_at_server();
  SnapshotResult<bool> copy_into(RowBlock& block, std::size_t bytes_max, Clock::time_point deadline,
                                 const std::string& doing);
  SnapshotResult<void> take_answers(Chunk& chunk, const ChunkRange& range,
                                    const std::string& doing);
  SnapshotResult<void> take_sight(const PGresult* row, Chunk& chunk) const;
  SnapshotResult<void> take_sight_of_standby(const PGresult* row, Chunk& chunk) const;
  SnapshotResult<Lsn> replayed();
};

ChunkReader::ChunkReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ChunkReader::~ChunkReader() = default;

SnapshotResult<std::unique_ptr<ChunkReader>> ChunkReader::connect(const SessionOptions& options) {
  auto session = ReadingSession::connect(options);
  if (!session) return tl::make_unexpected(session.error());
  std::unique_ptr<ChunkReader> reader(new ChunkReader(std::make_unique<Impl>(std::move(*session))));
  if (auto looked = reader->impl_->look_at_server(); !looked)
    return tl::make_unexpected(looked.error());
  return reader;
}

SnapshotResult<void> ChunkReader::Impl::look_at_server() {
  auto row = execute(server(),
                     "SELECT pg_is_in_recovery(), (SELECT setting FROM pg_settings "
                     "WHERE name = 'wal_block_size'), (SELECT setting FROM pg_settings "
                     "WHERE name = 'wal_segment_size')",
                     "ask the server what it is", session.patience());
  if (!row) return tl::make_unexpected(problem_of(row.error()));
  in_recovery = cell(row->get(), 0, 0) == "t";
  wal_block_bytes = std::strtoull(cell(row->get(), 0, 1).c_str(), nullptr, 10);
  wal_segment_bytes = std::strtoull(cell(row->get(), 0, 2).c_str(), nullptr, 10);
  return {};
}

SnapshotResult<std::vector<Relation>> ChunkReader::published(const std::string& publication) {
  auto tables = read_published_tables(impl_->server(), publication, impl_->session.patience());
  if (!tables) return tl::make_unexpected(problem_of(tables.error()));
  std::vector<Relation> relations;
  relations.reserve(tables->size());
  for (const auto& table : *tables) relations.push_back(relation_of(table));
  return relations;
}

SnapshotResult<SnapshotTable> ChunkReader::describe(const std::string& publication,
                                                    const std::string& table) {
  return describe_table(impl_->server(), publication, table, impl_->session.patience());
}

// By the extended protocol, which takes one statement at a time, whatever stands in it.
SnapshotResult<void> ChunkReader::check_condition(const SnapshotTable& table,
                                                  const std::string& where) {
  const std::string doing = "check the condition";
  for (const auto& statement : condition_checks(table, where, impl_->session.quoting())) {
    if (PQsendQueryParams(impl_->server(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                          0) == 0)
      return passing(connection_error(impl_->server(), doing).message);
    std::optional<SnapshotProblem> problem;
    while (true) {
      auto result =
          impl_->session.next_result(Clock::now() + impl_->session.patience().timeout, doing);
      if (!result) return tl::make_unexpected(result.error());
      if (!*result) break;
      if (problem || PQresultStatus(result->get()) == PGRES_TUPLES_OK) continue;
      problem = ReadingSession::problem_of_result(result->get(), doing);
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
  const auto quoting = impl_->session.quoting();
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
  if (auto sent = impl_->session.send(sql, doing); !sent) return tl::make_unexpected(sent.error());
  if (auto taken = impl_->take_answers(chunk, range, doing); !taken)
    return tl::make_unexpected(taken.error());
  return chunk;
}

// Of BEGIN, of the position, of one or two COPYs, of COMMIT.
SnapshotResult<void> ChunkReader::Impl::take_answers(Chunk& chunk, const ChunkRange& range,
                                                     const std::string& doing) {
  const auto deadline = ReadingSession::rows_deadline();
  bool again_waits = !range.again.empty();
  bool cut = false;
  while (true) {
    auto result = session.next_result(deadline, doing);
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
      return tl::make_unexpected(ReadingSession::problem_of_result(result->get(), doing));
    }
  }
  if (!chunk.sight.high.valid()) return passing(doing + ": the connection was lost");
  chunk.reached_end = range.rows_max > 0 && !cut && chunk.rows.row_count() < range.rows_max;
  if (cut && PQtransactionStatus(server()) != PQTRANS_IDLE) {
    auto ended = execute(server(), "ROLLBACK", doing, session.patience());
    if (!ended) return tl::make_unexpected(problem_of(ended.error()));
  }
  return {};
}

// False when there were more rows than `bytes_max` lets in (0: all): the query is cancelled then,
// and what follows in it fails.
SnapshotResult<bool> ChunkReader::Impl::copy_into(RowBlock& block, std::size_t bytes_max,
                                                  Clock::time_point deadline,
                                                  const std::string& doing) {
  bool whole = true;
  while (true) {
    const auto more = session.copy_line(whole ? &block : nullptr, deadline, doing);
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return whole;
    if (whole && bytes_max > 0 && block.byte_count() >= bytes_max) {
      whole = false;
      session.cancel();
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
  auto row = execute(server(), replayed_sql, "ask the standby how far it is", session.patience());
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

}  // namespace wakestream::cdc
