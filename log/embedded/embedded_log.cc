#include "log/embedded/embedded_log.h"

#include <fmt/format.h>

#include <utility>

#include "log/embedded/consumer_groups.h"
#include "log/embedded/file_reader.h"
#include "log/embedded/file_writer.h"
#include "log/embedded/folder.h"
#include "log/embedded/log_file.h"
#include "log/embedded/topic_files.h"
#include "log/embedded/topic_registry.h"
#include "log/embedded/writer_lock.h"

namespace wakestream::log::embedded {

namespace {

// A reader needs a lock only while the WAL is being recovered after a crash.
constexpr Milliseconds reader_busy_wait{5'000};

Error missing(const std::string& topic, const std::string& path) {
  return {ErrorKind::topic_missing, fmt::format("there is no topic {} in {}", topic, path)};
}

Result<void> check_spec(const TopicSpec& spec) {
  if (!is_name(spec.name)) {
    return tl::unexpected(
        Error{ErrorKind::bad_option,
              fmt::format("'{}' cannot be the name of a topic: letters, digits, '.', '_', '-'",
                          spec.name)});
  }
  if (!is_name(spec.writer)) {
    return tl::unexpected(Error{
        ErrorKind::bad_option,
        fmt::format("topic {}: '{}' cannot be the name of a writer", spec.name, spec.writer)});
  }
  if (spec.partition_count < 1 || spec.partition_count > partition_count_max) {
    return tl::unexpected(
        Error{ErrorKind::bad_option,
              fmt::format("topic {}: {} partitions; the embedded log can have 1 to {}", spec.name,
                          spec.partition_count, partition_count_max)});
  }
  return {};
}

class EmbeddedLog : public EventLog {
 public:
  explicit EmbeddedLog(const EmbeddedOptions& options) : options_(options), files_(options.path) {}

  Result<std::vector<TopicShape>> ensure_topics(std::span<const TopicSpec> specs, bool may_create,
                                                Milliseconds deadline) override {
    std::vector<TopicShape> shapes;
    for (const auto& spec : specs) {
      auto shape = ensure_topic(spec, may_create, deadline);
      if (!shape) return tl::unexpected(std::move(shape.error()));
      shapes.push_back(std::move(*shape));
    }
    return shapes;
  }

  Result<std::unique_ptr<Writer>> open_writer(const WriterOptions& options) override {
    if (!is_name(options.name)) {
      return tl::unexpected(Error{
          ErrorKind::bad_option, fmt::format("'{}' cannot be the name of a writer", options.name)});
    }
    if (auto made = make_folder(options_.path); !made)
      return tl::unexpected(std::move(made.error()));
    auto lock = WriterLock::take(files_.path_of(options.name, ".lock"), options.incarnation,
                                 options.open_deadline);
    if (!lock) return tl::unexpected(std::move(lock.error()));
    auto file = open_for_writing(files_.path_of(options.name, ".sqlite"), options_.file_bytes_max,
                                 options.open_deadline);
    if (!file) return tl::unexpected(std::move(file.error()));
    const auto& retention = options_.retention;
    std::unique_ptr<Cleaner> cleaner;
    if ((retention.age || retention.bytes_max > 0) && !retention.topics.empty())
      cleaner = std::make_unique<Cleaner>(retention, files_);
    return FileWriter::open(std::move(*lock), std::move(*file), options, options_.record_bytes_max,
                            std::move(cleaner));
  }

  Result<std::unique_ptr<Reader>> open_reader(const std::string& topic, ReadFrom from) override {
    auto found = files_.find(topic, reader_busy_wait);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!*found) return tl::unexpected(missing(topic, options_.path));
    return FileReader::open(std::move((*found)->connection), std::move((*found)->topic), from);
  }

  Result<std::unique_ptr<Reader>> open_reader_at(
      const std::string& topic, std::span<const std::int64_t> next_offsets) override {
    auto found = files_.find(topic, reader_busy_wait);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!*found) return tl::unexpected(missing(topic, options_.path));
    return FileReader::open_at(std::move((*found)->connection), std::move((*found)->topic),
                               next_offsets);
  }

  Result<std::vector<HeldBackPartition>> held_back(std::span<const std::string> /*topics*/,
                                                   Milliseconds /*longer_than*/,
                                                   Milliseconds /*deadline*/) override {
    return std::vector<HeldBackPartition>{};
  }

  Result<std::vector<std::int64_t>> end_offsets(const std::string& topic,
                                                Milliseconds deadline) override {
    auto found = files_.find(topic, deadline);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!*found) return tl::unexpected(missing(topic, options_.path));
    std::vector<std::int64_t> ends;
    for (std::int32_t number = 0; number < (*found)->topic.partition_count; ++number) {
      const auto end = end_offset((*found)->connection, (*found)->topic, number, Stage::reading);
      if (!end) return tl::unexpected(end.error());
      ends.push_back(*end);
    }
    return ends;
  }

  Result<std::vector<CommittedOffset>> committed_offsets(const GroupQuestion& question,
                                                         Milliseconds deadline) override {
    auto found = files_.find(question.topic, deadline);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!*found) return tl::unexpected(missing(question.topic, options_.path));
    return positions_of(files_, question.group, (*found)->topic, deadline);
  }

  // What SQLite shows is decided: an open transaction is no part of the file. So both answers are
  // the same.
  Result<std::optional<StoredRecord>> latest(const std::string& topic, const std::string& key,
                                             Settled, Milliseconds deadline) override {
    auto found = files_.find(topic, deadline);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!*found) return tl::unexpected(missing(topic, options_.path));
    auto& [file, connection, stored] = **found;
    if (stored.cleanup != Cleanup::compact || stored.partition_count != 1) {
      return tl::unexpected(Error{
          ErrorKind::topic_shape,
          fmt::format(
              "topic {} is not compacted with one partition: it has no newest record of a key",
              topic)});
    }
    auto query = connection.prepare(
        fmt::format("SELECT offset, timestamp_ms, key, value, headers FROM {} WHERE key = ?1",
                    record_table(stored.id, 0)),
        Stage::reading);
    if (!query) return tl::unexpected(std::move(query.error()));
    query->bind_bytes(1, key);
    const int code = query->step();
    if (code != SQLITE_ROW && code != SQLITE_DONE)
      return tl::unexpected(connection.error(code, Stage::reading));
    if (code == SQLITE_DONE) return std::optional<StoredRecord>();
    auto record = stored_record(*query, stored, 0);
    if (!record) return tl::unexpected(std::move(record.error()));
    if (record->tombstone) return std::optional<StoredRecord>();
    return std::optional<StoredRecord>(std::move(*record));
  }

  Result<std::unique_ptr<Membership>> join(const MembershipOptions&) override {
    return tl::unexpected(
        Error{ErrorKind::bad_option,
              "the embedded log is one machine's: there is nobody to share anything with"});
  }

 private:
  Result<TopicShape> ensure_topic(const TopicSpec& spec, bool may_create, Milliseconds deadline) {
    if (auto checked = check_spec(spec); !checked)
      return tl::unexpected(std::move(checked.error()));
    const auto file = files_.path_of(spec.writer, ".sqlite");
    auto found = files_.find(spec.name, deadline);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (*found) {
      if ((*found)->file != file) {
        return tl::unexpected(
            Error{ErrorKind::topic_shape,
                  fmt::format("topic {} belongs to another writer than {}: it is in {}", spec.name,
                              spec.writer, (*found)->file)});
      }
      return shape_of((*found)->topic, spec, false);
    }
    if (!may_create) return tl::unexpected(missing(spec.name, options_.path));
    if (auto made = make_folder(options_.path); !made)
      return tl::unexpected(std::move(made.error()));
    auto connection = open_for_writing(file, options_.file_bytes_max, deadline);
    if (!connection) return tl::unexpected(std::move(connection.error()));
    auto made = make_topic(*connection, spec);
    if (!made) return tl::unexpected(std::move(made.error()));
    return shape_of(made->topic, spec, made->created);
  }

  Result<TopicShape> shape_of(const StoredTopic& topic, const TopicSpec& spec, bool created) const {
    if (topic.cleanup != spec.cleanup) {
      const auto* found = topic.cleanup == Cleanup::compact ? "compacted" : "cleaned up by age";
      return tl::unexpected(Error{
          ErrorKind::topic_shape,
          fmt::format("topic {} is {}, which is not what it is needed for", topic.name, found)});
    }
    return TopicShape{topic.name, topic.partition_count, created, options_.record_bytes_max};
  }

  const EmbeddedOptions options_;
  TopicFiles files_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_embedded_log(const EmbeddedOptions& options) {
  if (options.path.empty()) {
    return tl::unexpected(
        Error{ErrorKind::bad_option, "the embedded log needs a path: the folder of its files"});
  }
  if (options.file_bytes_max < 0 || options.record_bytes_max < 1) {
    return tl::unexpected(
        Error{ErrorKind::bad_option, "limits of the embedded log cannot be negative"});
  }
  return std::make_unique<EmbeddedLog>(options);
}

}  // namespace wakestream::log::embedded
