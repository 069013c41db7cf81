#include "context/account_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "context/store_file.h"
#include "log/partition.h"

namespace wakestream::context {

namespace {

// Instances of one pipeline on one machine: the one that works, and those that wait.
constexpr int files_max = 8;

std::string file_name(const std::string& file, int number) {
  return number == 0 ? file : fmt::format("{}.{}", file, number);
}

void remove_file(const std::string& file) {
  std::error_code ignored;
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"})
    std::filesystem::remove(file + suffix, ignored);
}

}  // namespace

struct AccountStore::Database {
  StoreFile file;
  std::int32_t partition_count = 0;
  bool filled = false;
  struct Partition {
    StoreStatement find;
    StoreStatement put;
    StoreStatement remove;
    StoreStatement clear;
  };
  std::vector<Partition> partitions;
  StoreStatement set_position;

  Result<void> set_up(const std::string& identity, std::size_t page_cache_bytes) {
    auto done = file.run(
        fmt::format("PRAGMA cache_size=-{}; PRAGMA temp_store=FILE", page_cache_bytes / 1024));
    if (done) done = is_ours(identity) ? load() : make(identity);
    if (done) done = prepare();
    return done;
  }

  // A file that was not filled, or of another topic, or no database at all, is none of ours.
  bool is_ours(const std::string& identity) {
    const auto format = file.number("PRAGMA user_version");
    if (!format || *format != StoreFile::format_version) return false;
    const auto found = file.text("SELECT identity FROM topic WHERE filled");
    const auto count = file.number("SELECT count(*) FROM position");
    return found && *found == identity && count && *count == partition_count;
  }

  Result<void> load() {
    filled = true;
    return file.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  }

  Result<void> make(const std::string& identity) {
    filled = false;
    auto done = file.begin_anew();
    if (!done) return done;
    std::string sql =
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
        "CREATE TABLE topic (identity BLOB NOT NULL, filled INTEGER NOT NULL) STRICT;"
        "CREATE TABLE position (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL) "
        "STRICT;";
    for (std::int32_t number = 0; number < partition_count; ++number)
      sql += fmt::format(
          "CREATE TABLE incoming_{0} (number INTEGER PRIMARY KEY, account_id BLOB NOT NULL, record "
          "BLOB) STRICT; CREATE TABLE account_{0} (account_id BLOB PRIMARY KEY, record BLOB) "
          "STRICT, WITHOUT ROWID; INSERT INTO position VALUES ({0}, 0);",
          number);
    sql += fmt::format("PRAGMA user_version={};", StoreFile::format_version);
    if (done = file.run(sql); !done) return done;
    auto insert = file.prepare("INSERT INTO topic VALUES (?1, 0)");
    if (!insert) return tl::unexpected(insert.error());
    insert->bind(1, identity);
    if (!insert->execute()) return tl::unexpected(file.problem());
    return file.run("COMMIT");
  }

  Result<void> prepare() {
    partitions.clear();
    for (std::int32_t number = 0; number < partition_count; ++number) {
      auto& partition = partitions.emplace_back();
      const auto set = [&](StoreStatement& statement, const char* sql) {
        auto prepared = file.prepare(fmt::format(fmt::runtime(sql), number));
        if (prepared) statement = std::move(*prepared);
        return prepared.has_value();
      };
      const bool ready =
          set(partition.find, "SELECT record FROM account_{} WHERE account_id = ?1") &&
          (filled ? set(partition.put, "REPLACE INTO account_{} VALUES (?1, ?2)") &&
                        set(partition.remove, "DELETE FROM account_{} WHERE account_id = ?1") &&
                        set(partition.clear, "DELETE FROM account_{}")
                  : set(partition.put,
                        "INSERT INTO incoming_{} (account_id, record) VALUES (?1, ?2)") &&
                        set(partition.remove,
                            "INSERT INTO incoming_{} (account_id, record) VALUES (?1, NULL)") &&
                        set(partition.clear, "DELETE FROM incoming_{}"));
      if (!ready) return tl::unexpected(file.problem());
    }
    auto prepared = file.prepare("UPDATE position SET next_offset = ?2 WHERE partition = ?1");
    if (!prepared) return tl::unexpected(prepared.error());
    set_position = std::move(*prepared);
    return {};
  }

  // Sorted, so that the table is written from its beginning to its end; of an account the last
  // change stays.
  Result<void> sort_incoming() {
    Result<void> done;
    for (std::int32_t number = 0; done && number < partition_count; ++number)
      done = file.run(fmt::format(
          "BEGIN; REPLACE INTO account_{0} SELECT account_id, record FROM incoming_{0} ORDER BY "
          "account_id, number; DELETE FROM account_{0} WHERE record IS NULL; DROP TABLE "
          "incoming_{0}; COMMIT",
          number));
    return done;
  }

  Partition& of_account(std::string_view account_id) {
    return partitions[static_cast<std::size_t>(log::partition_of(account_id, partition_count))];
  }
};

AccountStore::AccountStore(std::unique_ptr<Database> database, std::size_t cache_bytes)
    : database_(std::move(database)), cache_(cache_bytes) {}
AccountStore::~AccountStore() = default;

auto AccountStore::open(const StoreOptions& options, const std::string& topic_identity,
                        std::int32_t partition_count) -> Result<std::unique_ptr<AccountStore>> {
  std::string problem;
  for (int number = 0; number < files_max; ++number) {
    const auto name = file_name(options.file, number);
    // Once more when what lies there is no file of ours, or is damaged: it is of no use to anybody.
    for (int attempt = 0; attempt < 2; ++attempt) {
      auto file = StoreFile::open(name);
      bool held = false;
      if (!file) {
        problem = file.error().sentence;
        held = file.error().held;
      } else {
        auto database = std::make_unique<Database>();
        database->file = std::move(*file);
        database->partition_count = partition_count;
        const auto ready = database->set_up(topic_identity, options.memory_bytes / 2);
        if (ready) {
          std::unique_ptr<AccountStore> store(
              new AccountStore(std::move(database), options.memory_bytes / 2));
          if (auto loaded = store->load_positions(); !loaded) return tl::unexpected(loaded.error());
          return store;
        }
        problem = ready.error();
      }
      if (held) break;
      if (attempt == 0) remove_file(name);
      if (attempt == 1) return tl::unexpected(problem);
    }
  }
  return tl::unexpected(problem);
}

auto AccountStore::load_positions() -> Result<void> {
  positions_.assign(static_cast<std::size_t>(database_->partition_count), 0);
  for (std::size_t at = 0; at < positions_.size(); ++at) {
    const auto found = database_->file.number(
        fmt::format("SELECT next_offset FROM position WHERE partition = {}", at));
    if (!found) return tl::unexpected(found.error());
    positions_[at] = *found;
  }
  return {};
}

auto AccountStore::forget() -> Result<void> {
  cache_.clear();
  const auto identity = database_->file.text("SELECT identity FROM topic");
  if (!identity) return tl::unexpected(identity.error());
  database_->partitions.clear();
  database_->set_position = {};
  auto done = database_->make(*identity);
  if (done) done = database_->prepare();
  if (done) done = load_positions();
  return done;
}

auto AccountStore::write(const AccountUpdate& update) -> Result<void> {
  auto& partition = database_->partitions[static_cast<std::size_t>(update.partition)];
  bool done = false;
  std::string packed;
  if (update.account_id.empty()) {
    done = partition.clear.execute();
  } else if (update.record) {
    packed = pack_account(*update.record);
    partition.put.bind(1, update.account_id);
    partition.put.bind(2, packed);
    done = partition.put.execute();
  } else {
    partition.remove.bind(1, update.account_id);
    done = partition.remove.execute();
  }
  if (!done) return tl::unexpected(database_->file.problem());
  return {};
}

auto AccountStore::take(std::span<const AccountUpdate> updates,
                        std::span<const std::int64_t> positions) -> Result<void> {
  cache_.clear();
  auto& file = database_->file;
  auto done = file.run("BEGIN IMMEDIATE");
  for (const auto& update : updates)
    if (done) done = write(update);
  for (std::size_t at = 0; done && at < positions.size(); ++at) {
    database_->set_position.bind(1, static_cast<std::int64_t>(at));
    database_->set_position.bind(2, positions[at]);
    if (!database_->set_position.execute()) done = tl::unexpected(file.problem());
  }
  if (done) done = file.run("COMMIT");
  if (!done) {
    (void)file.run("ROLLBACK");
    return done;
  }
  positions_.assign(positions.begin(), positions.end());
  return {};
}

auto AccountStore::filled() -> Result<void> {
  auto& database = *database_;
  if (database.filled) return {};
  database.partitions.clear();
  auto done = database.sort_incoming();
  // The file as it is goes to the disk before it says that it is whole.
  if (done)
    done = database.file.run(
        "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; UPDATE topic SET filled = 1;"
        "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA synchronous=NORMAL");
  database.filled = done.has_value();
  if (done) done = database.prepare();
  return done;
}

auto AccountStore::find(std::string_view account_id) -> Result<const AccountRecord*> {
  const auto* held = cache_.find(account_id);
  if (held == nullptr) {
    auto found = read(account_id);
    if (!found) return tl::unexpected(std::move(found.error()));
    held = &cache_.put(account_id, std::move(*found));
  }
  return *held ? &**held : nullptr;
}

auto AccountStore::read(std::string_view account_id) -> Result<std::optional<AccountRecord>> {
  auto& find = database_->of_account(account_id).find;
  find.bind(1, account_id);
  const auto row = find.step();
  std::optional<AccountRecord> record;
  if (row == StoreStatement::Step::row) {
    auto unpacked = unpack_account(find.bytes(0));
    find.reset();
    if (!unpacked)
      return tl::unexpected(fmt::format("{}: {}: delete the file, it is made anew from the log",
                                        file(), unpacked.error()));
    record = std::move(*unpacked);
  }
  find.reset();
  if (row == StoreStatement::Step::failed) return tl::unexpected(database_->file.problem());
  return record;
}

auto AccountStore::apply(const AccountLayer& layer) -> Result<void> {
  auto& file = database_->file;
  auto done = file.run("BEGIN IMMEDIATE");
  if (layer.every_account_gone) {
    cache_.clear();
    for (std::int32_t number = 0; done && number < database_->partition_count; ++number)
      done = write({number, {}, {}});
  }
  for (const auto& [account_id, record] : layer.accounts) {
    if (!done) break;
    done = write({log::partition_of(account_id, database_->partition_count), account_id, record});
    cache_.put(account_id, record);
  }
  if (done) done = file.run("COMMIT");
  if (!done) {
    cache_.clear();
    (void)file.run("ROLLBACK");
  }
  return done;
}

std::uint64_t AccountStore::account_count() {
  std::uint64_t count = 0;
  for (std::int32_t number = 0; number < database_->partition_count; ++number)
    count += static_cast<std::uint64_t>(
        database_->file.number(fmt::format("SELECT count(*) FROM account_{}", number)).value_or(0));
  return count;
}

const std::string& AccountStore::file() const { return database_->file.name(); }

}  // namespace wakestream::context
