// The topics of one file: their registry, their tables, and the view `records` over all of them.
//
// The tables belong to format 1: see log_file.h. Making a topic is one transaction, so that the
// view is never out of step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/embedded/connection.h"

namespace wakestream::log::embedded {

constexpr std::int32_t partition_count_max = 64;

struct StoredTopic {
  std::int64_t id = 0;
  std::string name;
  std::int32_t partition_count = 0;
  Cleanup cleanup = Cleanup::by_age;
};

// Where a partition's records are: columns offset, timestamp_ms, key, value, headers.
std::string record_table(std::int64_t topic_id, std::int32_t partition);

// Behind the newest record of a partition: what the next one gets.
Result<std::int64_t> end_offset(Connection& connection, const StoredTopic& topic,
                                std::int32_t partition, Stage stage);

// Can this name be a topic's or a writer's? Kafka's rule, kept here so that both logs take the same
// names.
bool is_name(std::string_view name);

Result<std::optional<StoredTopic>> find_topic(Connection& connection, const std::string& name,
                                              Stage stage);

// Makes the topic unless somebody was faster; `created` says which it was.
struct MadeTopic {
  StoredTopic topic;
  bool created = false;
};
Result<MadeTopic> make_topic(Connection& connection, const TopicSpec& spec);

}  // namespace wakestream::log::embedded
