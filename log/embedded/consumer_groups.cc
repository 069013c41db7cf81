#include "log/embedded/consumer_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "log/embedded/log_file.h"
#include "log/embedded/topic_files.h"
#include "log/embedded/topic_registry.h"
#include "log/embedded/writer_lock.h"

namespace wakestream::log::embedded {

namespace {

// Files of earlier releases have no table of the times.
Result<std::string> positions_sql(Connection& connection) {
  const auto tables = connection.number(
      "SELECT count(*) FROM sqlite_schema WHERE name = 'consumed_at'", Stage::reading);
  if (!tables) return tl::unexpected(tables.error());
  return fmt::format(
      "SELECT c.consumer_group, c.topic, c.partition, c.next_offset, {}, w.incarnation FROM "
      "writer w, consumed c {}",
      *tables > 0 ? "t.committed_at_ms" : "NULL",
      *tables > 0 ? "LEFT JOIN consumed_at t ON t.consumer_group = c.consumer_group" : "");
}

Result<void> read_positions(const std::string& file, Milliseconds busy_wait,
                            std::vector<GroupPosition>& positions) {
  auto connection = open_for_reading(file, busy_wait);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  if (!*connection) return {};
  const auto sql = positions_sql(**connection);
  if (!sql) return tl::unexpected(sql.error());
  auto query = (*connection)->prepare(*sql, Stage::reading);
  if (!query) return tl::unexpected(std::move(query.error()));
  int code = SQLITE_OK;
  while ((code = query->step()) == SQLITE_ROW) {
    GroupPosition position;
    position.group = query->bytes(0);
    position.topic = query->bytes(1);
    position.partition = static_cast<std::int32_t>(query->number(2));
    position.next_offset = query->number(3);
    if (!query->is_null(4)) position.committed_at_ms = query->number(4);
    position.writer = query->bytes(5);
    position.file = file;
    positions.push_back(std::move(position));
  }
  if (code != SQLITE_DONE) return tl::unexpected((*connection)->error(code, Stage::reading));
  return {};
}

// A topic that is gone has nothing that is not read.
Result<std::int64_t> end_for(TopicFiles& files, const GroupPosition& position,
                             Milliseconds busy_wait) {
  auto found = files.find(position.topic, busy_wait);
  if (!found) return tl::unexpected(std::move(found.error()));
  if (!*found || position.partition >= (*found)->topic.partition_count) return position.next_offset;
  return end_offset((*found)->connection, (*found)->topic, position.partition, Stage::reading);
}

Result<void> remove_group(const std::string& file, const std::string& group,
                          Milliseconds busy_wait) {
  auto connection = open_for_writing(file, 0, busy_wait);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  auto done = connection->run("BEGIN IMMEDIATE", Stage::opening);
  for (const auto* table : {"consumed", "consumed_at"}) {
    if (!done) return done;
    auto removal = connection->prepare(
        fmt::format("DELETE FROM {} WHERE consumer_group = ?1", table), Stage::opening);
    if (!removal) return tl::unexpected(std::move(removal.error()));
    removal->bind_text(1, group);
    if (const int code = removal->execute(); code != SQLITE_DONE)
      return tl::unexpected(connection->error(code, Stage::opening));
  }
  return done.and_then([&] { return connection->run("COMMIT", Stage::opening); });
}

}  // namespace

Result<std::vector<GroupPosition>> list_groups(const std::string& path, Milliseconds busy_wait) {
  TopicFiles files(path);
  const auto names = files.list_files();
  if (!names) return tl::unexpected(names.error());
  std::vector<GroupPosition> positions;
  for (const auto& file : *names) {
    if (auto read = read_positions(file, busy_wait, positions); !read)
      return tl::unexpected(std::move(read.error()));
  }
  for (auto& position : positions) {
    const auto end = end_for(files, position, busy_wait);
    if (!end) return tl::unexpected(end.error());
    position.end_offset = *end;
  }
  std::sort(positions.begin(), positions.end(), [](const auto& left, const auto& right) {
    return std::tie(left.group, left.topic, left.partition) <
           std::tie(right.group, right.topic, right.partition);
  });
  return positions;
}

Result<std::vector<CommittedOffset>> positions_of(const TopicFiles& files, const std::string& group,
                                                  const StoredTopic& topic,
                                                  Milliseconds busy_wait) {
  const auto names = files.list_files();
  if (!names) return tl::unexpected(names.error());
  std::vector<GroupPosition> positions;
  for (const auto& file : *names) {
    if (auto read = read_positions(file, busy_wait, positions); !read)
      return tl::unexpected(std::move(read.error()));
  }
  std::vector<CommittedOffset> next(static_cast<std::size_t>(topic.partition_count));
  for (auto& position : positions) {
    if (position.group != group || position.topic != topic.name) continue;
    if (position.partition < 0 || position.partition >= topic.partition_count) continue;
    auto& known = next[static_cast<std::size_t>(position.partition)];
    if (known.writer.empty() || known.next_offset < position.next_offset)
      known = {position.next_offset, std::move(position.writer)};
  }
  return next;
}

Result<void> forget_group(const std::string& path, const std::string& group,
                          const std::string& incarnation, Milliseconds busy_wait) {
  const auto positions = list_groups(path, busy_wait);
  if (!positions) return tl::unexpected(positions.error());
  std::set<std::string> files;
  for (const auto& position : *positions)
    if (position.group == group) files.insert(position.file);
  std::vector<WriterLock> locks;
  for (const auto& file : files) {
    auto lock = WriterLock::take(std::filesystem::path(file).replace_extension(".lock").string(),
                                 incarnation, Milliseconds{0});
    if (!lock) return tl::unexpected(std::move(lock.error()));
    locks.push_back(std::move(*lock));
  }
  for (const auto& file : files) {
    if (auto removed = remove_group(file, group, busy_wait); !removed) return removed;
  }
  return {};
}

}  // namespace wakestream::log::embedded
