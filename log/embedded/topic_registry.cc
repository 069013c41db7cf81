#include "log/embedded/topic_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace wakestream::log::embedded {

namespace {

// SQLite's default limit of terms in a compound SELECT is 500: SQLITE_MAX_COMPOUND_SELECT.
constexpr std::size_t view_term_count_max = 500;

Result<std::vector<StoredTopic>> all_topics(Connection& connection, Stage stage) {
  auto query = connection.prepare(
      "SELECT id, name, partition_count, cleanup FROM topics ORDER BY id", stage);
  if (!query) return tl::unexpected(std::move(query.error()));
  std::vector<StoredTopic> topics;
  int code = SQLITE_OK;
  while ((code = query->step()) == SQLITE_ROW) {
    topics.push_back({query->number(0), std::string(query->bytes(1)),
                      static_cast<std::int32_t>(query->number(2)),
                      query->bytes(3) == "compact" ? Cleanup::compact : Cleanup::by_age});
  }
  if (code != SQLITE_DONE) return tl::unexpected(connection.error(code, stage));
  return topics;
}

Result<void> insert_topic(Connection& connection, const TopicSpec& spec) {
  auto insert = connection.prepare(
      "INSERT INTO topics (name, partition_count, cleanup, retention_hours) VALUES (?1, ?2, ?3, "
      "?4)",
      Stage::opening);
  if (!insert) return tl::unexpected(std::move(insert.error()));
  insert->bind_text(1, spec.name);
  insert->bind(2, spec.partition_count);
  insert->bind_text(3, spec.cleanup == Cleanup::compact ? "compact" : "by_age");
  insert->bind(4, spec.retention.count());
  if (const int code = insert->execute(); code != SQLITE_DONE) {
    return tl::unexpected(connection.error(code, Stage::opening));
  }
  return {};
}

Result<void> make_tables(Connection& connection, const StoredTopic& topic) {
  std::string sql;
  for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
    const auto table = record_table(topic.id, partition);
    sql += fmt::format(
        "CREATE TABLE {} (offset INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key ANY NOT "
        "NULL, value ANY, "
        "headers TEXT NOT NULL) STRICT;",
        table);
    // Unique, so that the newest record of a key replaces the one before it in one statement.
    if (topic.cleanup == Cleanup::compact) {
      sql += fmt::format("CREATE UNIQUE INDEX {0}_by_key ON {0} (key);", table);
    }
  }
  return connection.run(sql, Stage::opening);
}

Result<void> make_view(Connection& connection) {
  const auto topics = all_topics(connection, Stage::opening);
  if (!topics) return tl::unexpected(topics.error());
  std::string sql =
      "DROP VIEW records; CREATE VIEW records (topic, partition, offset, timestamp_ms, key, value, "
      "headers) AS";
  std::size_t term_count = 0;
  for (const auto& topic : *topics) {
    for (std::int32_t partition = 0; partition < topic.partition_count; ++partition) {
      // The name needs no quoting beyond quotes: is_name.
      sql += fmt::format("{} SELECT '{}', {}, offset, timestamp_ms, key, value, headers FROM {}",
                         term_count == 0 ? "" : " UNION ALL", topic.name, partition,
                         record_table(topic.id, partition));
      ++term_count;
    }
  }
  if (term_count > view_term_count_max) {
    return tl::unexpected(Error{
        ErrorKind::bad_option,
        fmt::format("{} would hold {} partitions in all, and the embedded log can hold {} a writer",
                    connection.file(), term_count, view_term_count_max)});
  }
  return connection.run(sql, Stage::opening);
}

Result<MadeTopic> make_inside_transaction(Connection& connection, const TopicSpec& spec) {
  auto found = find_topic(connection, spec.name, Stage::opening);
  if (!found) return tl::unexpected(std::move(found.error()));
  if (*found) return MadeTopic{std::move(**found), false};
  if (auto inserted = insert_topic(connection, spec); !inserted)
    return tl::unexpected(std::move(inserted.error()));
  const StoredTopic topic{sqlite3_last_insert_rowid(connection.get()), spec.name,
                          spec.partition_count, spec.cleanup};
  if (auto made = make_tables(connection, topic); !made)
    return tl::unexpected(std::move(made.error()));
  if (auto made = make_view(connection); !made) return tl::unexpected(std::move(made.error()));
  return MadeTopic{topic, true};
}

}  // namespace

std::string record_table(std::int64_t topic_id, std::int32_t partition) {
  return fmt::format("records_{}_{}", topic_id, partition);
}

Result<std::int64_t> end_offset(Connection& connection, const StoredTopic& topic,
                                std::int32_t partition, Stage stage) {
  return connection.number(fmt::format("SELECT coalesce(max(offset), -1) + 1 FROM {}",
                                       record_table(topic.id, partition)),
                           stage);
}

bool is_name(std::string_view name) {
  constexpr std::size_t length_max = 249;  // Kafka's
  const auto allowed = [](char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '.' ||
           character == '_' || character == '-';
  };
  return !name.empty() && name.size() <= length_max && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), allowed);
}

Result<std::optional<StoredTopic>> find_topic(Connection& connection, const std::string& name,
                                              Stage stage) {
  auto topics = all_topics(connection, stage);
  if (!topics) return tl::unexpected(std::move(topics.error()));
  const auto found = std::find_if(topics->begin(), topics->end(),
                                  [&](const auto& topic) { return topic.name == name; });
  if (found == topics->end()) return std::optional<StoredTopic>();
  return std::optional<StoredTopic>(std::move(*found));
}

Result<MadeTopic> make_topic(Connection& connection, const TopicSpec& spec) {
  if (auto begun = connection.run("BEGIN IMMEDIATE", Stage::opening); !begun) {
    return tl::unexpected(std::move(begun.error()));
  }
  auto made = make_inside_transaction(connection, spec);
  if (made) {
    if (auto committed = connection.run("COMMIT", Stage::opening); !committed) {
      made = tl::unexpected(std::move(committed.error()));
    }
  }
  // SQLite has already rolled back after some errors; then this has nothing to do.
  if (!made) (void)connection.run("ROLLBACK", Stage::opening);
  return made;
}

}  // namespace wakestream::log::embedded
