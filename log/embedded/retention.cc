#include "log/embedded/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace wakestream::log::embedded {

namespace {

constexpr std::int64_t pause_ms = 1'000;
constexpr std::int64_t round_ms_max = 50;
constexpr int records_at_once = 500;
constexpr Milliseconds reader_busy_wait{200};
constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

std::int64_t mono_ms() {
  return std::chrono::duration_cast<Milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Result<std::int64_t> used_bytes(Connection& connection) {
  return connection.number(
      "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, "
      "pragma_freelist_count f, pragma_page_size s",
      Stage::reading);
}

}  // namespace

void Cleaner::clean(Connection& connection, std::int64_t now_ms) {
  if (mono_ms() < due_ms_) return;
  due_ms_ = mono_ms() + pause_ms;
  give_up_ms_ = mono_ms() + round_ms_max;
  auto more = Result<bool>(false);
  auto begun = connection.run("BEGIN IMMEDIATE", Stage::reading);
  if (!begun) more = tl::unexpected(std::move(begun.error()));
  if (more) more = round(connection, now_ms);
  if (!more && sqlite3_get_autocommit(connection.get()) == 0)
    (void)connection.run("ROLLBACK", Stage::reading);
  if (more && *more) due_ms_ = 0;
  if (more) return said_failure_.clear();
  if (said_failure_ == more.error().message) return;
  said_failure_ = more.error().message;
  if (!options_.tell) return;
  RetentionReport told;
  told.failure = said_failure_;
  options_.tell(told);
}

Result<bool> Cleaner::round(Connection& connection, std::int64_t now_ms) {
  auto readers = known_readers(connection);
  if (!readers) return tl::unexpected(std::move(readers.error()));
  auto all = partitions(connection, *readers);
  if (!all) return tl::unexpected(std::move(all.error()));
  bool more = false;
  if (options_.age) {
    const auto cutoff_ms = now_ms - Milliseconds{*options_.age}.count();
    for (auto& partition : *all) {
      auto left = by_age(connection, partition, cutoff_ms);
      if (!left) return left;
      more = more || *left;
    }
  }
  if (options_.bytes_max > 0 && !more) {
    auto left = by_size(connection, *all);
    if (!left) return left;
    more = *left;
  }
  if (auto written = write_down(connection, *all); !written)
    return tl::unexpected(std::move(written.error()));
  if (auto committed = connection.run("COMMIT", Stage::reading); !committed)
    return tl::unexpected(std::move(committed.error()));
  report(*all);
  return more;
}

// Also of the other writers' files: whoever consumes this topic writes into its own.
Result<Cleaner::Readers> Cleaner::known_readers(Connection& connection) {
  Readers readers;
  auto files = files_.list_files();
  if (!files) return tl::unexpected(std::move(files.error()));
  for (const auto& file : *files) {
    if (file == connection.file()) {
      if (auto added = add_readers(connection, readers); !added)
        return tl::unexpected(std::move(added.error()));
      continue;
    }
    // Whose positions cannot be read holds everything: nothing is removed on a guess.
    auto other = open_for_reading(file, reader_busy_wait);
    if (!other) return tl::unexpected(std::move(other.error()));
    if (!*other) continue;
    if (auto added = add_readers(**other, readers); !added)
      return tl::unexpected(std::move(added.error()));
  }
  return readers;
}

Result<void> Cleaner::add_readers(Connection& connection, Readers& readers) {
  auto query = connection.prepare(
      "SELECT topic, partition, next_offset, consumer_group FROM consumed", Stage::reading);
  if (!query) return tl::unexpected(std::move(query.error()));
  int code = SQLITE_OK;
  while ((code = query->step()) == SQLITE_ROW) {
    const std::pair position{query->number(2), std::string(query->bytes(3))};
    const std::pair place{std::string(query->bytes(0)),
                          static_cast<std::int32_t>(query->number(1))};
    const auto [known, added] = readers.emplace(place, position);
    if (!added) known->second = std::min(known->second, position);
  }
  if (code != SQLITE_DONE) return tl::unexpected(connection.error(code, Stage::reading));
  return {};
}

Result<std::vector<Cleaner::Partition>> Cleaner::partitions(Connection& connection,
                                                            const Readers& readers) {
  topics_.clear();
  for (const auto& name : options_.topics) {
    auto found = find_topic(connection, name, Stage::reading);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (*found && (*found)->cleanup == Cleanup::by_age) topics_.push_back(std::move(**found));
  }
  std::vector<Partition> all;
  for (const auto& topic : topics_) {
    for (std::int32_t number = 0; number < topic.partition_count; ++number) {
      Partition partition;
      partition.topic = &topic;
      partition.number = number;
      const auto end = end_offset(connection, topic, number, Stage::reading);
      if (!end) return tl::unexpected(end.error());
      partition.newest = *end - 1;
      const auto holder = readers.find({topic.name, number});
      partition.held_from = holder == readers.end() ? for_ever : holder->second.first;
      if (holder != readers.end()) partition.held_by = holder->second.second;
      all.push_back(std::move(partition));
    }
  }
  return all;
}

Result<bool> Cleaner::by_age(Connection& connection, Partition& partition, std::int64_t cutoff_ms) {
  while (mono_ms() < give_up_ms_) {
    auto removed = remove(connection, partition, cutoff_ms, for_ever);
    if (!removed) return tl::unexpected(std::move(removed.error()));
    if (*removed == 0) return false;
  }
  return true;
}

// The oldest first, wherever it is.
Result<bool> Cleaner::by_size(Connection& connection, std::vector<Partition>& all) {
  while (mono_ms() < give_up_ms_) {
    const auto bytes = used_bytes(connection);
    if (!bytes) return tl::unexpected(bytes.error());
    if (*bytes <= options_.bytes_max) return false;
    Partition* oldest = nullptr;
    std::int64_t oldest_ms = for_ever;
    for (auto& partition : all) {
      const auto first_ms = connection.number(
          fmt::format("SELECT coalesce((SELECT timestamp_ms FROM {} WHERE offset < {} ORDER BY "
                      "offset LIMIT 1), {})",
                      record_table(partition.topic->id, partition.number), partition.newest,
                      for_ever),
          Stage::reading);
      if (!first_ms) return tl::unexpected(first_ms.error());
      if (*first_ms >= oldest_ms || partition.wanted_more) continue;
      oldest = &partition;
      oldest_ms = *first_ms;
    }
    if (oldest == nullptr) return false;
    auto removed = remove(connection, *oldest, for_ever, *bytes - options_.bytes_max);
    if (!removed) return tl::unexpected(std::move(removed.error()));
    if (*removed == 0 && !oldest->wanted_more) return false;
  }
  return true;
}

Result<std::uint64_t> Cleaner::remove(Connection& connection, Partition& partition,
                                      std::int64_t cutoff_ms, std::int64_t bytes_max) {
  const auto table = record_table(partition.topic->id, partition.number);
  auto query = connection.prepare(
      fmt::format("SELECT offset, timestamp_ms, length(key) + coalesce(length(value), 0) + "
                  "length(headers) FROM {} WHERE offset < ?1 ORDER BY offset LIMIT {}",
                  table, records_at_once),
      Stage::reading);
  if (!query) return tl::unexpected(std::move(query.error()));
  query->bind(1, partition.newest);
  std::uint64_t count = 0;
  std::int64_t last = -1;
  std::int64_t bytes = 0;
  int code = SQLITE_OK;
  while (bytes < bytes_max && (code = query->step()) == SQLITE_ROW) {
    if (query->number(1) >= cutoff_ms) break;
    if (query->number(0) >= partition.held_from) {
      partition.wanted_more = true;
      break;
    }
    last = query->number(0);
    bytes += query->number(2);
    ++count;
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return tl::unexpected(connection.error(code, Stage::reading));
  query->reset();
  if (count == 0) return 0;
  auto done =
      connection.run(fmt::format("DELETE FROM {} WHERE offset <= {}", table, last), Stage::reading);
  if (!done) return tl::unexpected(std::move(done.error()));
  partition.before_offset = last + 1;
  partition.removed += count;
  return count;
}

Result<void> Cleaner::write_down(Connection& connection, const std::vector<Partition>& all) {
  for (const auto& partition : all) {
    if (partition.removed == 0) continue;
    auto written = connection.run(
        fmt::format("INSERT INTO removed VALUES ({}, {}, {}) ON CONFLICT DO UPDATE SET "
                    "before_offset = excluded.before_offset",
                    partition.topic->id, partition.number, partition.before_offset),
        Stage::reading);
    if (!written) return written;
  }
  return {};
}

// A holder is named once, and again when another one is in the way.
void Cleaner::report(const std::vector<Partition>& all) {
  if (!options_.tell) return;
  for (const auto& partition : all) {
    const auto place = fmt::format("{}/{}", partition.topic->name, partition.number);
    auto& said = said_held_[place];
    const bool news = partition.wanted_more && said != partition.held_by;
    said = partition.wanted_more ? partition.held_by : std::string();
    if (partition.removed == 0 && !news) continue;
    RetentionReport told;
    told.topic = partition.topic->name;
    told.partition = partition.number;
    told.removed = partition.removed;
    told.first_kept = partition.before_offset;
    if (news) {
      told.held_by = partition.held_by;
      told.held_from = partition.held_from;
    }
    options_.tell(told);
  }
}

}  // namespace wakestream::log::embedded
