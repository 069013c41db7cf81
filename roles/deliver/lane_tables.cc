#include "roles/deliver/lane_tables.h"

#include <fmt/format.h>

#include <utility>

namespace wakestream::deliver {

using context::StoreFile;
using context::StoreStatement;

namespace {

// `row` is a number of the account: letters and their indexes need not hold its name. A letter that
// waits in the ordinary way is in one index alone: of a million letters each index has more pages
// than the cache, and costs a read and a write for each that is put. `due_ms` is of a lane whose
// front may be tried when its time has come; `wait_ms` is that time of every lane.
constexpr const char* tables =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
    "CREATE TABLE lane (account BLOB PRIMARY KEY, row INTEGER NOT NULL, urgent INTEGER NOT NULL, "
    "recorded INTEGER NOT NULL, parked INTEGER NOT NULL, parked_from INTEGER NOT NULL, wait_ms "
    "INTEGER NOT NULL, due_ms INTEGER, "
    "attempts INTEGER NOT NULL, since_ms INTEGER NOT NULL, front BLOB NOT NULL, sequence BLOB NOT "
    "NULL, error BLOB NOT NULL, status INTEGER NOT NULL, bulk INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "CREATE INDEX lane_due ON lane (bulk, due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE TABLE letter (number INTEGER PRIMARY KEY, row INTEGER NOT NULL, event_offset INTEGER "
    "NOT NULL, rank INTEGER NOT NULL, type INTEGER NOT NULL, urgent INTEGER NOT NULL, partition "
    "INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, status INTEGER "
    "NOT NULL, bulk INTEGER NOT NULL, error BLOB NOT NULL, replays INTEGER NOT NULL, headers BLOB "
    "NOT NULL, value BLOB NOT "
    "NULL) STRICT;"
    "CREATE INDEX letter_waiting ON letter (row, event_offset, type) WHERE rank < 2;"
    "CREATE INDEX letter_urgent ON letter (row, event_offset) WHERE rank = 0;"
    "CREATE INDEX letter_dead ON letter (row, event_offset) WHERE rank = 2;"
    "CREATE TABLE noted (account BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE erasure (account BLOB PRIMARY KEY, below INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;";

constexpr const char* letter_columns =
    "event_offset, rank, urgent, partition, timestamp_ms, since_ms, status, error, replays, "
    "headers, value";

}  // namespace

tl::expected<std::unique_ptr<LaneTables>, std::string> LaneTables::make(std::size_t memory_bytes) {
  auto file = StoreFile::open_temporary(
      "the temporary file of what waits (in SQLITE_TMPDIR, else /var/tmp)");
  if (!file) return tl::unexpected(std::move(file.error()));
  auto made = std::make_unique<LaneTables>();
  made->file = std::move(*file);
  const auto done =
      made->file.run(fmt::format("PRAGMA cache_size=-{}; {}", memory_bytes / 1024, tables));
  if (!done) return tl::unexpected(done.error());
  if (!made->prepare()) return tl::unexpected(made->file.problem());
  return made;
}

bool LaneTables::next(StoreStatement& statement) {
  const auto step = statement.step();
  note(step != StoreStatement::Step::failed);
  if (step != StoreStatement::Step::row) statement.reset();
  return step == StoreStatement::Step::row;
}

bool LaneTables::set(StoreStatement& statement, const std::string& sql) {
  auto prepared = file.prepare(sql);
  if (prepared) statement = std::move(*prepared);
  return prepared.has_value();
}

bool LaneTables::prepare() {
  const auto letters = fmt::format("SELECT {} FROM letter", letter_columns);
  return set(find_row,
             "SELECT row, urgent, recorded, parked, wait_ms, attempts, since_ms, front, "
             "sequence, error, status, bulk, parked_from FROM lane WHERE account = ?1") &&
         set(put_row,
             "REPLACE INTO lane (account, row, urgent, recorded, parked, wait_ms, attempts, "
             "since_ms, front, sequence, error, status, due_ms, bulk, parked_from) VALUES (?1, ?2, "
             "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)") &&
         set(set_urgent, "UPDATE lane SET urgent = ?2, due_ms = ?3 WHERE account = ?1") &&
         set(remove_row, "DELETE FROM lane WHERE account = ?1") &&
         set(due,
             "SELECT account FROM lane INDEXED BY lane_due WHERE bulk = ?3 AND due_ms <= ?1 ORDER "
             "BY "
             "due_ms, account LIMIT ?2") &&
         set(accounts_after,
             "SELECT account FROM lane WHERE account > ?1 ORDER BY account LIMIT ?2") &&
         set(find_letter,
             "SELECT number, rank, bulk FROM letter INDEXED BY letter_waiting WHERE row = ?1 AND "
             "event_offset = ?2 AND rank < 2 UNION ALL SELECT number, rank, bulk FROM letter "
             "INDEXED BY letter_dead WHERE row = ?1 AND event_offset = ?2 AND rank = 2") &&
         set(insert_letter,
             "INSERT INTO letter (row, event_offset, rank, type, urgent, partition, "
             "timestamp_ms, since_ms, status, error, replays, headers, value, bulk) VALUES (?1, "
             "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)") &&
         set(update_letter,
             "UPDATE letter SET row = ?1, event_offset = ?2, rank = ?3, type = ?4, urgent = ?5, "
             "partition = ?6, timestamp_ms = ?7, since_ms = ?8, status = ?9, error = ?10, "
             "replays = ?11, headers = ?12, value = ?13, bulk = ?14 WHERE number = ?15") &&
         set(remove_letter, "DELETE FROM letter WHERE number = ?1") &&
         set(any_letter,
             "SELECT EXISTS (SELECT 1 FROM letter INDEXED BY letter_waiting WHERE row = ?1 AND "
             "rank < 2) OR EXISTS (SELECT 1 FROM letter INDEXED BY letter_dead WHERE row = ?1 "
             "AND rank = 2)") &&
         set(front, letters +
                        " INDEXED BY letter_waiting WHERE row = ?1 AND rank < 2 ORDER BY "
                        "event_offset LIMIT 1") &&
         set(urgent_front, letters +
                               " INDEXED BY letter_urgent WHERE row = ?1 AND rank = 0 ORDER BY "
                               "event_offset LIMIT 1") &&
         set(waits_before,
             "SELECT EXISTS (SELECT 1 FROM letter INDEXED BY letter_waiting WHERE row = ?1 AND "
             "event_offset < ?2 AND rank < 2)") &&
         set(newer_waits,
             "SELECT 1 FROM letter INDEXED BY letter_waiting WHERE row = ?1 AND event_offset > "
             "?3 AND type = ?2 AND rank < 2 LIMIT 1") &&
         set(waiting_before, letters +
                                 " INDEXED BY letter_waiting WHERE row = ?1 AND event_offset < ?2 "
                                 "AND rank < 2 ORDER BY event_offset DESC LIMIT ?3") &&
         set(dead_before, letters +
                              " INDEXED BY letter_dead WHERE row = ?1 AND event_offset < ?2 AND "
                              "rank = 2 ORDER BY event_offset DESC LIMIT ?3") &&
         set(note_account, "INSERT OR IGNORE INTO noted (account) VALUES (?1)") &&
         set(find_noted, "SELECT 1 FROM noted WHERE account = ?1") &&
         set(note_erasure,
             "INSERT INTO erasure (account, below) VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE "
             "SET below = max(below, excluded.below)") &&
         set(find_erasure, "SELECT below FROM erasure WHERE account = ?1") &&
         set(forget_noted, "DELETE FROM noted") && set(forget_erasures, "DELETE FROM erasure");
}

}  // namespace wakestream::deliver
