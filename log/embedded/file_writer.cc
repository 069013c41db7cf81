#include "log/embedded/file_writer.h"

#include <fmt/format.h>

#include "cdc/wall_time.h"
#include "log/embedded/header_text.h"

namespace wakestream::log::embedded {

namespace {

// Of 8 KiB each. At 8 MiB the WAL is copied into the file, and the next transaction starts it from
// its beginning, unless a reader is inside it at that moment. When that went on for 64 MiB, the
// writer waits for the readers, who are short; not long, and not again before another 64 MiB, since
// a foreign reader may stay for hours.
constexpr int wal_page_count_checkpoint = 1024;
constexpr int wal_page_count_insist = 8 * wal_page_count_checkpoint;
constexpr Milliseconds reader_wait{100};

using cdc::wall_ms;

}  // namespace

Result<std::unique_ptr<FileWriter>> FileWriter::open(WriterLock lock, Connection connection,
                                                     const WriterOptions& options,
                                                     std::int64_t record_bytes_max,
                                                     std::unique_ptr<Cleaner> cleaner) {
  std::unique_ptr<FileWriter> writer(
      new FileWriter(std::move(lock), std::move(connection), options.name, record_bytes_max));
  auto& file = writer->connection_;
  // What is read now may stand in a WAL that its writer never synced, because it was killed or
  // because the sync failed. The next commit syncs the WAL; this puts in the file, synced, what a
  // failed sync may have left in memory only.
  (void)file.run("PRAGMA wal_checkpoint(PASSIVE)", Stage::opening);
  auto ready = writer->take_generation(options.incarnation);
  if (ready) ready = writer->prepare();
  if (!ready) return tl::unexpected(std::move(ready.error()));
  writer->cleaner_ = std::move(cleaner);
  writer->insist_at_page_count_ = wal_page_count_insist;
  writer->transaction_deadline_ = options.transaction_deadline;
  file.set_busy_wait(options.transaction_deadline);
  sqlite3_wal_hook(
      file.get(),
      [](void* context, sqlite3*, const char*, int page_count) {
        *static_cast<int*>(context) = page_count;
        return SQLITE_OK;
      },
      &writer->wal_page_count_);
  return writer;
}

FileWriter::~FileWriter() {
  if (state_ == State::open) rollback_.execute();
}

Result<void> FileWriter::take_generation(const std::string& incarnation) {
  auto update = connection_.prepare(
      "UPDATE writer SET generation = generation + 1, incarnation = ?1 RETURNING generation",
      Stage::opening);
  if (!update) return tl::unexpected(std::move(update.error()));
  update->bind_bytes(1, incarnation);
  int code = update->step();
  if (code == SQLITE_ROW) {
    generation_ = update->number(0);
    code = update->step();
  }
  if (code != SQLITE_DONE) return tl::unexpected(connection_.error(code, Stage::opening));
  return {};
}

Result<void> FileWriter::prepare() {
  const auto set = [&](Statement& statement, std::string_view sql) -> Result<void> {
    auto prepared = connection_.prepare(sql, Stage::opening);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    statement = std::move(*prepared);
    return {};
  };
  return set(begin_, "BEGIN IMMEDIATE")
      .and_then([&] { return set(commit_, "COMMIT"); })
      .and_then([&] { return set(rollback_, "ROLLBACK"); })
      .and_then([&] { return set(is_ours_, "SELECT generation FROM writer"); })
      .and_then([&] {
        return set(consume_,
                   "INSERT INTO consumed (consumer_group, topic, partition, next_offset) VALUES "
                   "(?1, ?2, ?3, ?4) "
                   "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset");
      })
      .and_then([&] {
        return set(consume_at_,
                   "INSERT INTO consumed_at (consumer_group, committed_at_ms) VALUES (?1, ?2) "
                   "ON CONFLICT DO UPDATE SET committed_at_ms = excluded.committed_at_ms");
      });
}

Result<void> FileWriter::begin() {
  if (state_ != State::idle) return misused("begin inside a transaction");
  if (const int code = begin_.execute(); code != SQLITE_DONE) return give_up(code);
  state_ = State::open;
  return {};
}

Result<void> FileWriter::produce(const Record& record) {
  if (state_ != State::open) return misused("produce outside a transaction");
  const auto record_bytes = record.key.size() + record.value.size() + record.headers.size();
  if (record_bytes > static_cast<std::size_t>(record_bytes_max_)) {
    return tl::unexpected(
        Error{ErrorKind::record_too_big,
              fmt::format("a record of {} bytes for topic {} is beyond the limit of {}",
                          record_bytes, record.topic, record_bytes_max_)});
  }
  if (!write_header_text(record.headers, header_text_)) {
    return tl::unexpected(Error{
        ErrorKind::bad_option,
        fmt::format("a record for topic {} has a header whose name is not text", record.topic)});
  }
  const auto found = topic(record.topic);
  if (!found) return tl::unexpected(found.error());
  const auto slot = partition(**found, record.partition);
  if (!slot) return tl::unexpected(slot.error());

  auto& insert = (*slot)->insert;
  insert.bind(1, (*slot)->next_offset);
  insert.bind(2, record.timestamp_ms);
  insert.bind_bytes(3, record.key);
  if (record.tombstone) {
    insert.bind_null(4);
  } else {
    insert.bind_bytes(4, record.value);
  }
  insert.bind_text(5, header_text_);
  if (const int code = insert.execute(); code != SQLITE_DONE) return give_up(code);
  ++(*slot)->next_offset;
  return {};
}

Result<void> FileWriter::commit(const ConsumedOffsets& consumed) {
  if (state_ != State::open) return misused("commit outside a transaction");
  if (auto ours = check_generation(); !ours) return ours;
  if (auto written = write_consumed(consumed); !written) return written;
  if (const int code = commit_.execute(); code != SQLITE_DONE) return give_up(code);
  state_ = State::idle;
  // Whatever comes of the rest, the transaction is committed.
  if (cleaner_) cleaner_->clean(connection_, wall_ms());
  keep_wal_small();
  return {};
}

Result<void> FileWriter::abort() {
  if (state_ != State::open) return misused("abort outside a transaction");
  if (const int code = rollback_.execute(); code != SQLITE_DONE) return give_up(code);
  state_ = State::idle;
  return {};
}

Result<void> FileWriter::check_generation() {
  const int code = is_ours_.step();
  const auto generation = code == SQLITE_ROW ? is_ours_.number(0) : -1;
  is_ours_.reset();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return give_up(code);
  if (generation == generation_) return {};
  return give_up(Error{
      ErrorKind::in_doubt,
      fmt::format(
          "{}: another writer was opened after this one (generation {}, and this is {}), although "
          "this one holds the lock: is the folder on a network file system, or was it copied back?",
          connection_.file(), generation, generation_)});
}

Result<void> FileWriter::write_consumed(const ConsumedOffsets& consumed) {
  for (const auto& position : consumed.positions) {
    consume_.bind_text(1, consumed.group);
    consume_.bind_text(2, position.topic);
    consume_.bind(3, position.partition);
    consume_.bind(4, position.next_offset);
    if (const int code = consume_.execute(); code != SQLITE_DONE) return give_up(code);
  }
  if (consumed.positions.empty()) return {};
  consume_at_.bind_text(1, consumed.group);
  consume_at_.bind(2, wall_ms());
  if (const int code = consume_at_.execute(); code != SQLITE_DONE) return give_up(code);
  return {};
}

Result<FileWriter::Topic*> FileWriter::topic(std::string_view name) {
  if (const auto known = topics_.find(name); known != topics_.end()) return &known->second;
  auto found = find_topic(connection_, std::string(name), Stage::writing);
  if (!found) return give_up(std::move(found.error()));
  if (!*found) {
    return tl::unexpected(Error{ErrorKind::topic_missing,
                                fmt::format("topic {} is not one of writer {}: it is not in {}",
                                            name, name_, connection_.file())});
  }
  Topic made{std::move(**found), {}};
  made.partitions.resize(static_cast<std::size_t>(made.stored.partition_count));
  return &topics_.emplace(std::string(name), std::move(made)).first->second;
}

Result<FileWriter::Partition*> FileWriter::partition(Topic& topic, std::int32_t number) {
  if (number < 0 || number >= topic.stored.partition_count) {
    return tl::unexpected(
        Error{ErrorKind::topic_shape,
              fmt::format("topic {} has {} partitions, and a record is for number {}",
                          topic.stored.name, topic.stored.partition_count, number)});
  }
  auto& slot = topic.partitions[static_cast<std::size_t>(number)];
  if (!slot.next_offset_known) {
    if (auto known = find_end(topic, number, slot); !known)
      return give_up(std::move(known.error()));
  }
  return &slot;
}

Result<void> FileWriter::find_end(const Topic& topic, std::int32_t number, Partition& slot) {
  const auto table = record_table(topic.stored.id, number);
  if (slot.insert.get() == nullptr) {
    const auto* verb = topic.stored.cleanup == Cleanup::compact ? "REPLACE" : "INSERT";
    auto prepared = connection_.prepare(
        fmt::format("{} INTO {} VALUES (?1, ?2, ?3, ?4, ?5)", verb, table), Stage::writing);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    slot.insert = std::move(*prepared);
  }
  const auto end = end_offset(connection_, topic.stored, number, Stage::writing);
  if (!end) return tl::unexpected(end.error());
  slot.next_offset = *end;
  slot.next_offset_known = true;
  return {};
}

void FileWriter::keep_wal_small() {
  if (wal_page_count_ < wal_page_count_checkpoint) {
    insist_at_page_count_ = wal_page_count_insist;
    return;
  }
  // The transaction is committed whatever comes of this; what cannot be copied now is copied the
  // next time.
  if (wal_page_count_ < insist_at_page_count_) {
    (void)sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                    nullptr);
    return;
  }
  insist_at_page_count_ = wal_page_count_ + wal_page_count_insist;
  connection_.set_busy_wait(reader_wait);
  (void)sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                  nullptr);
  connection_.set_busy_wait(transaction_deadline_);
}

tl::unexpected<Error> FileWriter::give_up(Error error) {
  state_ = State::in_doubt;
  // Whoever comes next must not wait for this writer to be closed. SQLite has already rolled back
  // after some errors.
  if (sqlite3_get_autocommit(connection_.get()) == 0) rollback_.execute();
  return tl::unexpected(std::move(error));
}

tl::unexpected<Error> FileWriter::give_up(int code) {
  return give_up(connection_.error(code, Stage::writing));
}

tl::unexpected<Error> FileWriter::misused(const char* what) const {
  return tl::unexpected(
      Error{ErrorKind::in_doubt,
            state_ == State::in_doubt
                ? fmt::format("writer {} is in doubt and cannot be used again: close it", name_)
                : fmt::format("writer {}: {}", name_, what)});
}

}  // namespace wakestream::log::embedded
