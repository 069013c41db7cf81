#include "context/said_index.h"

#include <fmt/format.h>

#include <utility>

#include "context/store_file.h"

namespace wakestream::context {

namespace {

using Step = StoreStatement::Step;

std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t loaded(std::int64_t number) { return static_cast<std::uint64_t>(number); }

void bind(StoreStatement& statement, const SaidEvent& event) {
  statement.bind(1, stored(event.key));
  statement.bind(2, std::int64_t{event.type});
  statement.bind(3, stored(event.content.high));
  statement.bind(4, stored(event.content.low));
  statement.bind(5, std::int64_t{event.epoch});
  statement.bind(6, stored(event.lsn));
}

// Never committed: nobody but this connection ever sees it.
constexpr const char* tables =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; BEGIN;"
    "CREATE TABLE incoming (number INTEGER PRIMARY KEY, key INTEGER NOT NULL, type INTEGER NOT "
    "NULL, high INTEGER NOT NULL, low INTEGER NOT NULL, epoch INTEGER NOT NULL, lsn INTEGER NOT "
    "NULL) STRICT;"
    "CREATE TABLE said (key INTEGER PRIMARY KEY, type INTEGER NOT NULL, high INTEGER NOT NULL, low "
    "INTEGER NOT NULL, epoch INTEGER NOT NULL, lsn INTEGER NOT NULL, met INTEGER NOT NULL) STRICT;";

// Of a key the last in this order stays, and the table is written from its beginning to its end.
constexpr const char* sort_incoming =
    "REPLACE INTO said SELECT key, type, high, low, epoch, lsn, 0 FROM incoming ORDER BY key, "
    "epoch, lsn, number; DROP TABLE incoming";

// What is new counts as met: it was not said before.
constexpr const char* say_event =
    "INSERT INTO said VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key) DO UPDATE SET "
    "type = excluded.type, high = excluded.high, low = excluded.low, epoch = excluded.epoch, "
    "lsn = excluded.lsn WHERE (excluded.epoch, excluded.lsn) >= (said.epoch, said.lsn)";

}  // namespace

struct SaidIndex::Database {
  StoreFile file;
  StoreStatement append;
  StoreStatement find;
  StoreStatement say;
  StoreStatement meet;
  StoreStatement forget;

  bool set(StoreStatement& statement, const char* sql) {
    auto prepared = file.prepare(sql);
    if (prepared) statement = std::move(*prepared);
    return prepared.has_value();
  }
};

SaidIndex::SaidIndex(std::unique_ptr<Database> database, std::size_t type_count)
    : database_(std::move(database)), counts_(type_count) {}
SaidIndex::~SaidIndex() = default;

auto SaidIndex::make(std::size_t memory_bytes, std::size_t type_count)
    -> Result<std::unique_ptr<SaidIndex>> {
  auto file = StoreFile::open_temporary(
      "the temporary file of what was said (in SQLITE_TMPDIR, else /var/tmp)");
  if (!file) return tl::unexpected(std::move(file.error()));
  auto database = std::make_unique<Database>();
  database->file = std::move(*file);
  auto done =
      database->file.run(fmt::format("PRAGMA cache_size=-{}; {}", memory_bytes / 1024, tables));
  if (!done) return tl::unexpected(std::move(done.error()));
  if (!database->set(database->append,
                     "INSERT INTO incoming (key, type, high, low, epoch, lsn) VALUES (?1, ?2, ?3, "
                     "?4, ?5, ?6)"))
    return tl::unexpected(database->file.problem());
  return std::unique_ptr<SaidIndex>(new SaidIndex(std::move(database), type_count));
}

void SaidIndex::watch(std::atomic<bool>* gives_up) { database_->file.watch(gives_up); }

auto SaidIndex::take(std::span<const SaidEvent> events) -> Result<void> {
  for (const auto& event : events) {
    if (sorted_) {
      if (auto added = add(event); !added) return added;
      continue;
    }
    bind(database_->append, event);
    if (!database_->append.execute()) return tl::unexpected(database_->file.problem());
  }
  return {};
}

auto SaidIndex::sort() -> Result<void> {
  if (std::exchange(sorted_, true)) return {};
  auto& database = *database_;
  database.append = {};
  if (auto sorted = database.file.run(sort_incoming); !sorted) return sorted;
  auto counted = database.file.prepare("SELECT type, count(*) FROM said GROUP BY type");
  if (!counted) return tl::unexpected(std::move(counted.error()));
  auto step = counted->step();
  for (; step == Step::row; step = counted->step())
    counts_[static_cast<std::size_t>(counted->number(0))].keys = loaded(counted->number(1));
  const bool ready =
      step == Step::done &&
      database.set(database.find, "SELECT type, high, low, met FROM said WHERE key = ?1") &&
      database.set(database.say, say_event) &&
      database.set(database.meet, "UPDATE said SET met = 1 WHERE key = ?1") &&
      database.set(database.forget, "DELETE FROM said WHERE key = ?1 RETURNING type, met");
  if (!ready) return tl::unexpected(database.file.problem());
  return {};
}

// From the log, and behind what was sorted: it counts among what was said before.
auto SaidIndex::add(const SaidEvent& event) -> Result<void> {
  auto& find = database_->find;
  find.bind(1, stored(event.key));
  const auto found = find.step();
  find.reset();
  if (found == Step::failed) return tl::unexpected(database_->file.problem());
  if (found == Step::done) ++counts_[event.type].keys;
  bind(database_->say, event);
  database_->say.bind(7, std::int64_t{0});
  if (!database_->say.execute()) return tl::unexpected(database_->file.problem());
  return {};
}

auto SaidIndex::say(const SaidEvent& event) -> Result<void> {
  bind(database_->say, event);
  database_->say.bind(7, std::int64_t{1});
  if (!database_->say.execute()) return tl::unexpected(database_->file.problem());
  return {};
}

auto SaidIndex::forget(std::uint64_t key) -> Result<void> {
  auto& forget = database_->forget;
  forget.bind(1, stored(key));
  const auto found = forget.step();
  if (found == Step::row && forget.number(1) == 0)
    --counts_[static_cast<std::size_t>(forget.number(0))].keys;
  forget.reset();
  if (found == Step::failed) return tl::unexpected(database_->file.problem());
  return {};
}

auto SaidIndex::meet(const SaidEvent& event) -> Result<bool> {
  auto& find = database_->find;
  find.bind(1, stored(event.key));
  const auto found = find.step();
  if (found != Step::row) {
    find.reset();
    if (found == Step::failed) return tl::unexpected(database_->file.problem());
    return false;
  }
  const auto type = static_cast<std::size_t>(find.number(0));
  const SaidEvent::Content content{loaded(find.number(1)), loaded(find.number(2))};
  const bool met = find.number(3) != 0;
  find.reset();
  if (!met) {
    database_->meet.bind(1, stored(event.key));
    if (!database_->meet.execute()) return tl::unexpected(database_->file.problem());
    ++counts_[type].met;
  }
  return content == event.content;
}

}  // namespace wakestream::context
