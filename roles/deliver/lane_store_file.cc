#include "roles/deliver/lane_store_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "context/store_file.h"

namespace wakestream::deliver {

namespace {

using context::StoreFile;
using context::StoreStatement;

// A letter's place among those of its account that wait: the urgent ones first. The dead are not
// among them.
constexpr int urgent_rank = 0;
constexpr int waiting_rank = 1;
constexpr int dead_rank = 2;

int rank_of(const Letter& letter) {
  if (letter.state == LetterState::dead) return dead_rank;
  return letter.urgent ? urgent_rank : waiting_rank;
}

// `row` is a number of the account: letters and their indexes need not hold its name. `due_ms` is
// of a lane whose front may be tried when its time has come; `wait_ms` is that time of every lane.
constexpr const char* tables =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; BEGIN;"
    "CREATE TABLE lane (account BLOB PRIMARY KEY, row INTEGER NOT NULL, urgent INTEGER NOT NULL, "
    "recorded INTEGER NOT NULL, parked INTEGER NOT NULL, wait_ms INTEGER NOT NULL, due_ms INTEGER, "
    "attempts INTEGER NOT NULL, since_ms INTEGER NOT NULL, front BLOB NOT NULL, sequence BLOB NOT "
    "NULL, error BLOB NOT NULL, status INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX lane_due ON lane (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE TABLE letter (number INTEGER PRIMARY KEY, row INTEGER NOT NULL, event_offset INTEGER "
    "NOT NULL, rank INTEGER NOT NULL, type INTEGER NOT NULL, urgent INTEGER NOT NULL, partition "
    "INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, status INTEGER "
    "NOT NULL, error BLOB NOT NULL, headers BLOB NOT NULL, value BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX letter_place ON letter (row, event_offset);"
    "CREATE INDEX letter_front ON letter (row, rank, event_offset) WHERE rank < 2;"
    "CREATE INDEX letter_type ON letter (row, type, event_offset) WHERE rank < 2;";

constexpr const char* letter_columns =
    "event_offset, rank, urgent, partition, timestamp_ms, since_ms, status, error, headers, value";

Letter read_columns(std::string_view account, const StoreStatement& statement) {
  Letter letter;
  letter.event.key = account;
  letter.event.offset = statement.number(0);
  letter.state = statement.number(1) == dead_rank ? LetterState::dead : LetterState::waiting;
  letter.urgent = statement.number(2) != 0;
  letter.event.partition = static_cast<std::int32_t>(statement.number(3));
  letter.event.timestamp_ms = statement.number(4);
  letter.since_ms = statement.number(5);
  letter.status = static_cast<int>(statement.number(6));
  letter.error = statement.bytes(7);
  log::HeaderReader headers(statement.bytes(8));
  for (std::string_view name, value; headers.take(name, value);)
    letter.event.headers.emplace_back(name, value);
  letter.event.value = statement.bytes(9);
  return letter;
}

}  // namespace

// What is known of an account.
struct LaneStoreFile::Row {
  std::int64_t number = 0;
  std::int64_t urgent = 0;  // urgent letters that wait
  bool recorded = false;    // it has a lane; else letters alone
  LaneState state;

  // When its front may be tried; null: not by time alone.
  void bind_due(StoreStatement& statement, int at) const {
    if (recorded && (!state.parked || urgent > 0)) {
      statement.bind(at, state.due_ms);
    } else {
      statement.bind_null(at);
    }
  }
};

struct LaneStoreFile::Database {
  StoreFile file;
  std::string failure;  // the first
  StoreStatement find_row;
  StoreStatement put_row;
  StoreStatement set_urgent;
  StoreStatement remove_row;
  StoreStatement due;
  StoreStatement accounts_after;
  StoreStatement find_letter;
  StoreStatement insert_letter;
  StoreStatement update_letter;
  StoreStatement remove_letter;
  StoreStatement any_letter;
  StoreStatement front;
  StoreStatement newer_waits;
  StoreStatement letters_before;

  bool set(StoreStatement& statement, const std::string& sql) {
    auto prepared = file.prepare(sql);
    if (prepared) statement = std::move(*prepared);
    return prepared.has_value();
  }

  bool prepare() {
    const auto letters = fmt::format("SELECT {} FROM letter", letter_columns);
    return set(find_row,
               "SELECT row, urgent, recorded, parked, wait_ms, attempts, since_ms, front, "
               "sequence, error, status FROM lane WHERE account = ?1") &&
           set(put_row,
               "REPLACE INTO lane (account, row, urgent, recorded, parked, wait_ms, attempts, "
               "since_ms, front, sequence, error, status, due_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
               "?7, ?8, ?9, ?10, ?11, ?12, ?13)") &&
           set(set_urgent, "UPDATE lane SET urgent = ?2, due_ms = ?3 WHERE account = ?1") &&
           set(remove_row, "DELETE FROM lane WHERE account = ?1") &&
           set(due,
               "SELECT account FROM lane INDEXED BY lane_due WHERE due_ms <= ?1 ORDER BY due_ms, "
               "account LIMIT ?2") &&
           set(accounts_after,
               "SELECT account FROM lane WHERE account > ?1 ORDER BY account LIMIT ?2") &&
           set(find_letter,
               "SELECT number, rank FROM letter WHERE row = ?1 AND event_offset = ?2") &&
           set(insert_letter,
               "INSERT INTO letter (row, event_offset, rank, type, urgent, partition, "
               "timestamp_ms, since_ms, status, error, headers, value) VALUES (?1, ?2, ?3, ?4, ?5, "
               "?6, ?7, ?8, ?9, ?10, ?11, ?12)") &&
           set(update_letter,
               "UPDATE letter SET row = ?1, event_offset = ?2, rank = ?3, type = ?4, urgent = ?5, "
               "partition = ?6, timestamp_ms = ?7, since_ms = ?8, status = ?9, error = ?10, "
               "headers = ?11, value = ?12 WHERE number = ?13") &&
           set(remove_letter,
               "DELETE FROM letter WHERE row = ?1 AND event_offset = ?2 RETURNING rank") &&
           set(any_letter, "SELECT 1 FROM letter WHERE row = ?1 LIMIT 1") &&
           set(front, letters +
                          " INDEXED BY letter_front WHERE row = ?1 AND rank < 2 ORDER BY rank, "
                          "event_offset LIMIT 1") &&
           set(newer_waits,
               "SELECT 1 FROM letter INDEXED BY letter_type WHERE row = ?1 AND type = ?2 AND "
               "event_offset > ?3 AND rank < 2 LIMIT 1") &&
           set(letters_before, letters +
                                   " INDEXED BY letter_place WHERE row = ?1 AND event_offset < ?2 "
                                   "ORDER BY event_offset DESC LIMIT ?3");
  }

  void note(bool done) {
    if (!done && failure.empty()) failure = file.problem();
  }

  // The next row of what it reads; after the last one, and after a failure, it is at its beginning
  // again.
  bool next(StoreStatement& statement) {
    const auto step = statement.step();
    note(step != StoreStatement::Step::failed);
    if (step != StoreStatement::Step::row) statement.reset();
    return step == StoreStatement::Step::row;
  }
};

LaneStoreFile::LaneStoreFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}
LaneStoreFile::~LaneStoreFile() = default;

tl::expected<std::unique_ptr<LaneStoreFile>, std::string> LaneStoreFile::make(
    std::size_t memory_bytes) {
  auto file = StoreFile::open_temporary(
      "the temporary file of what waits (in SQLITE_TMPDIR, else /var/tmp)");
  if (!file) return tl::unexpected(std::move(file.error()));
  auto database = std::make_unique<Database>();
  database->file = std::move(*file);
  const auto done =
      database->file.run(fmt::format("PRAGMA cache_size=-{}; {}", memory_bytes / 1024, tables));
  if (!done) return tl::unexpected(done.error());
  if (!database->prepare()) return tl::unexpected(database->file.problem());
  return std::unique_ptr<LaneStoreFile>(new LaneStoreFile(std::move(database)));
}

auto LaneStoreFile::find(std::string_view account) -> std::optional<Row> {
  if (rows_ == 0) return std::nullopt;
  auto& found = database_->find_row;
  found.bind(1, account);
  if (!database_->next(found)) return std::nullopt;
  Row row{found.number(0), found.number(1), found.number(2) != 0, {}};
  if (row.recorded)
    row.state = {.parked = found.number(3) != 0,
                 .attempts = static_cast<std::uint32_t>(found.number(5)),
                 .due_ms = found.number(4),
                 .since_ms = found.number(6),
                 .front = std::string(found.bytes(7)),
                 .sequence = std::string(found.bytes(8)),
                 .error = std::string(found.bytes(9)),
                 .status = static_cast<int>(found.number(10))};
  found.reset();
  return row;
}

void LaneStoreFile::put(std::string_view account, const Row& row) {
  auto& statement = database_->put_row;
  statement.bind(1, account);
  statement.bind(2, row.number);
  statement.bind(3, row.urgent);
  statement.bind(4, std::int64_t{row.recorded});
  statement.bind(5, std::int64_t{row.state.parked});
  statement.bind(6, row.state.due_ms);
  statement.bind(7, std::int64_t{row.state.attempts});
  statement.bind(8, row.state.since_ms);
  statement.bind(9, row.state.front);
  statement.bind(10, row.state.sequence);
  statement.bind(11, row.state.error);
  statement.bind(12, std::int64_t{row.state.status});
  row.bind_due(statement, 13);
  database_->note(statement.execute());
}

auto LaneStoreFile::find_or_make(std::string_view account) -> Row {
  if (auto row = find(account)) return std::move(*row);
  Row row;
  row.number = ++last_row_;
  ++rows_;
  put(account, row);
  return row;
}

bool LaneStoreFile::remove_if_empty(std::string_view account, const Row& row) {
  if (row.recorded) return false;
  auto& any = database_->any_letter;
  any.bind(1, row.number);
  const bool has_letters = database_->next(any);
  any.reset();
  if (has_letters) return false;
  database_->remove_row.bind(1, account);
  database_->note(database_->remove_row.execute());
  --rows_;
  return true;
}

std::optional<LaneState> LaneStoreFile::lane(std::string_view account) {
  auto row = find(account);
  if (!row || !row->recorded) return std::nullopt;
  return std::move(row->state);
}

void LaneStoreFile::put_lane(std::string_view account, const LaneState& state) {
  auto row = find_or_make(account);
  count_lane(row, -1);
  row.recorded = true;
  row.state = state;
  count_lane(row, 1);
  put(account, row);
}

void LaneStoreFile::remove_lane(std::string_view account) {
  auto row = find(account);
  if (!row || !row->recorded) return;
  count_lane(*row, -1);
  row->recorded = false;
  row->state = {};
  if (!remove_if_empty(account, *row)) put(account, *row);
}

void LaneStoreFile::count_lane(const Row& row, int by) {
  if (!row.recorded) return;
  auto& lanes = row.state.parked ? sums_.lanes_parked : sums_.lanes_waiting;
  lanes += static_cast<std::uint64_t>(by);
}

void LaneStoreFile::count_letter(std::string_view account, Row& row, int rank, int by) {
  auto& letters = rank == dead_rank ? sums_.letters_dead : sums_.letters_waiting;
  letters += static_cast<std::uint64_t>(by);
  if (rank != urgent_rank) return;
  row.urgent += by;
  auto& statement = database_->set_urgent;
  statement.bind(1, account);
  statement.bind(2, row.urgent);
  row.bind_due(statement, 3);
  database_->note(statement.execute());
}

void LaneStoreFile::put_letter(const Letter& letter) {
  const auto& event = letter.event;
  auto row = find_or_make(event.key);
  auto& found = database_->find_letter;
  found.bind(1, row.number);
  found.bind(2, event.offset);
  const bool replaces = database_->next(found);
  const auto number = found.number(0);
  const auto rank_before = static_cast<int>(found.number(1));
  found.reset();

  const auto rank = rank_of(letter);
  headers_.clear();
  log::HeaderWriter headers(headers_);
  for (const auto& [name, value] : event.headers) headers.add(name, value);
  auto& statement = replaces ? database_->update_letter : database_->insert_letter;
  statement.bind(1, row.number);
  statement.bind(2, event.offset);
  statement.bind(3, std::int64_t{rank});
  statement.bind(4, type_number(letter.type()));
  statement.bind(5, std::int64_t{letter.urgent});
  statement.bind(6, std::int64_t{event.partition});
  statement.bind(7, event.timestamp_ms);
  statement.bind(8, letter.since_ms);
  statement.bind(9, std::int64_t{letter.status});
  statement.bind(10, letter.error);
  statement.bind(11, headers_);
  statement.bind(12, event.value);
  if (replaces) statement.bind(13, number);
  database_->note(statement.execute());
  if (replaces) count_letter(event.key, row, rank_before, -1);
  count_letter(event.key, row, rank, 1);
}

void LaneStoreFile::remove_letter(std::string_view account, std::int64_t offset) {
  auto row = find(account);
  if (!row) return;
  auto& removed = database_->remove_letter;
  removed.bind(1, row->number);
  removed.bind(2, offset);
  if (!database_->next(removed)) return;
  const auto rank = static_cast<int>(removed.number(0));
  removed.reset();
  count_letter(account, *row, rank, -1);
  remove_if_empty(account, *row);
}

std::optional<Letter> LaneStoreFile::front(std::string_view account) {
  const auto row = find(account);
  if (!row) return std::nullopt;
  auto& found = database_->front;
  found.bind(1, row->number);
  if (!database_->next(found)) return std::nullopt;
  auto letter = read_columns(account, found);
  found.reset();
  return letter;
}

bool LaneStoreFile::newer_waits(std::string_view account, std::string_view type,
                                std::int64_t offset) {
  const auto row = find(account);
  if (!row) return false;
  auto& found = database_->newer_waits;
  found.bind(1, row->number);
  found.bind(2, type_number(type));
  found.bind(3, offset);
  const bool waits = database_->next(found);
  found.reset();
  return waits;
}

std::vector<Letter> LaneStoreFile::letters_before(std::string_view account, std::int64_t before,
                                                  std::size_t count_max) {
  std::vector<Letter> letters;
  const auto row = find(account);
  if (!row) return letters;
  auto& found = database_->letters_before;
  found.bind(1, row->number);
  found.bind(2, before);
  found.bind(3, static_cast<std::int64_t>(count_max));
  while (database_->next(found)) letters.push_back(read_columns(account, found));
  std::reverse(letters.begin(), letters.end());
  return letters;
}

std::vector<std::string> LaneStoreFile::due(std::int64_t now_ms, std::size_t count_max) {
  std::vector<std::string> accounts;
  auto& found = database_->due;
  found.bind(1, now_ms);
  found.bind(2, static_cast<std::int64_t>(count_max));
  while (database_->next(found)) accounts.emplace_back(found.bytes(0));
  return accounts;
}

std::vector<std::string> LaneStoreFile::accounts_after(std::string_view after,
                                                       std::size_t count_max) {
  std::vector<std::string> accounts;
  auto& found = database_->accounts_after;
  found.bind(1, after);
  found.bind(2, static_cast<std::int64_t>(count_max));
  while (database_->next(found)) accounts.emplace_back(found.bytes(0));
  return accounts;
}

std::int64_t LaneStoreFile::type_number(std::string_view type) {
  const auto found = types_.find(type);
  if (found != types_.end()) return found->second;
  return types_.emplace(type, static_cast<std::int64_t>(types_.size())).first->second;
}

std::uint64_t LaneStoreFile::bytes() {
  const auto pages = database_->file.number("PRAGMA page_count");
  const auto page = database_->file.number("PRAGMA page_size");
  return pages && page ? static_cast<std::uint64_t>(*pages * *page) : 0;
}

std::string LaneStoreFile::take_failure() { return std::exchange(database_->failure, {}); }

}  // namespace wakestream::deliver
