// One pipeline, as wakestream.yaml describes it. Plain data; config_loader.h reads and checks it,
// docs/configuration.md explains it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/listen_address.h"
#include "emitters/file/file_settings.h"
#include "keys/secret.h"
#include "mapping/context_source.h"
#include "mapping/place.h"
#include "roles/deliver/bulk.h"
#include "roles/deliver/cron_line.h"

namespace wakestream::deliver {
enum class WhenExhausted : std::uint8_t;  // roles/deliver/lanes.h
}

namespace wakestream::app {

using keys::Secret;

struct SourceConfig {
  Secret url;             // libpq connection string or URI
  Secret url_as_written;  // with its references to files and to the environment
  std::string slot_name = "wakestream";
  bool slot_existing = false;
  bool failover = false;  // a slot that standbys copy
  std::string publication = "wakestream";
  std::uint64_t row_bytes_max = 1U << 20U;
};

struct EmbeddedLogConfig {
  std::string path;
  std::int32_t event_partitions = 1;
  // Which records of events and quarantine may go; without either none does.
  std::optional<std::chrono::seconds> retention_age = std::nullopt;
  std::uint64_t retention_bytes = 0;  // 0: no limit
};

struct KafkaLogConfig {
  std::string brokers;
  std::int32_t event_partitions = 4;
  bool create_topics = true;
  // librdkafka's own, passed through. May hold secrets.
  std::map<std::string, Secret> options;
};

// Where the context of accounts comes from, and where this machine keeps what is known of them.
struct ContextConfig {
  mapping::ContextSource source;
  std::string store;  // a file
  std::uint64_t memory_bytes = 64U << 20U;
};

// Where secret keys are kept (keys/key_store.h): a folder, or a command where there is one.
struct KeysConfig {
  std::string folder;
  std::vector<std::string> command;
  std::chrono::seconds timeout{10};   // of the command
  std::vector<std::string> given_up;  // ids of keys that are lost for good
};

struct SnapshotConfig {
  bool initial = false;             // a new pipeline begins with one
  std::int64_t rows_per_s_max = 0;  // 0: as fast as it goes
};

// What marks changes as part of a bulk one (roles/capture/bulk_marks.h).
struct BulkConfig {
  std::vector<std::string> origins;
  std::string message_prefix;
};

struct MetricsConfig {
  std::optional<ListenAddress> listen;  // nothing: nothing is served
};

// The public topics (docs/publish.md).
struct PublishConfig {
  std::string consumer = "publish";                // of the policy
  std::int32_t partitions = 1;                     // of each
  std::chrono::hours retention{7 * 24};            // of each
  std::map<std::string, std::string> topic_names;  // by banner: its part of topics' names
};

// A name that stands for something outside of the file, and where it stands.
struct PlacedName {
  std::string name;
  mapping::Place place;
};

struct OwnTopic {
  PlacedName name;
};

// A downstream system (docs/consumers.md).
struct ConsumerConfig {
  PlacedName name;  // the policy's, and part of topics' names
  // By HTTP as this recipe says, by files, or by a topic of its own in the log.
  std::variant<PlacedName, emitters::FileSettings, OwnTopic> reached_by;
  std::vector<PlacedName> events;   // empty: every type
  std::vector<PlacedName> banners;  // empty: every one
  std::int32_t shares = 1;          // instances that may share its partitions
  bool from_latest = false;         // it begins at the events' end, else with all that are kept
  std::int64_t rate_per_s = 0;      // 0: no limit
  std::int64_t burst = 0;           // 0: as rate_per_s
  std::uint32_t attempts = 10;
  std::chrono::seconds first_pause{1};
  std::chrono::seconds longest_pause{300};
  struct Exhausted {
    PlacedName event;
    deliver::WhenExhausted then;
  };
  std::vector<Exhausted> exhausted;  // others are parked
  deliver::BulkSettings bulk;
  struct Replay {
    deliver::CronLine schedule;
    std::vector<PlacedName> types;    // empty: every one
    std::vector<std::string> errors;  // empty: every one
    std::uint32_t times_max = 3;
  };
  std::optional<Replay> replay;  // nothing: by command alone
};

struct Config {
  std::string path;  // of the file
  std::string pipeline;
  SourceConfig source;
  std::variant<EmbeddedLogConfig, KafkaLogConfig> log;
  std::vector<std::string> rules;  // paths
  std::optional<ContextConfig> context;
  KeysConfig keys;
  SnapshotConfig snapshot;
  BulkConfig bulk;
  MetricsConfig metrics;
  std::string policy;  // a path; empty: there is none
  std::optional<PublishConfig> publish;
  std::vector<ConsumerConfig> consumers;
};

}  // namespace wakestream::app
