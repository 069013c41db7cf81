// Everything that the findings are decided from. Plain data: app/check/gather.h reads it from
// files, server and log, tests write it down.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_loader.h"
#include "cdc/catalog/catalog.h"
#include "cdc/session/conninfo.h"
#include "keys/key_store.h"
#include "log/event_log.h"
#include "mapping/rule_set.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::check {

struct FileFacts {
  std::string path;
  bool readable = false;
  std::string text;
  unsigned mode = 0;  // permission bits
};

// The folder of the embedded log.
struct FolderFacts {
  std::string path;
  bool exists = false;
  bool is_folder = false;
  bool writable = false;  // it, or the nearest folder above it that exists
  std::string checked;    // which one that was
  bool ours = false;      // it belongs to this user
  unsigned user = 0;      // this user
  unsigned mode = 0;      // permission bits
  std::uint64_t free_bytes = 0;
  bool network_file_system = false;
};

struct TopicResult {
  log::TopicSpec spec;
  std::optional<log::TopicShape> shape;
  std::optional<log::Error> problem;
};

struct LogFacts {
  std::optional<FolderFacts> folder;              // of the embedded log
  std::string library_weakness;                   // what the Kafka library cannot do, as a sentence
  std::optional<log::Error> problem;              // the log could not be opened at all
  std::vector<TopicResult> topics;                // asked for one by one, never made
  std::vector<log::HeldBackPartition> held_back;  // by a transaction that is open for long
  std::optional<log::Error>
      writer_problem;  // Kafka: a transaction of this pipeline's cannot be begun
  std::optional<capture::Checkpoint> checkpoint;
  std::string checkpoint_problem;  // there is one, and it cannot be read
  bool events_exist = false;
  // Where there is an account context: why the key for what stays of deleted accounts is not to be
  // had.
  std::optional<keys::Error> key_problem;

  bool born() const { return checkpoint && checkpoint->birth == capture::Birth::born; }
};

// One of several hosts of source.url, asked by itself.
struct HostFacts {
  std::string place;                    // "db2:5432"
  std::optional<cdc::Catalog> catalog;  // without tables
  std::string problem;                  // why there is none
};

struct CheckFacts {
  FileFacts config_file;
  std::optional<app::Config> config;
  std::vector<app::ConfigProblem> config_problems;
  std::map<std::string, FileFacts> rule_files;
  std::optional<mapping::RuleSet> rules;
  std::vector<mapping::Error> rule_problems;
  std::vector<app::ConfigProblem> policy_problems;  // of what is to be published
  // Of what is to be delivered, but for those that are there already.
  std::vector<app::ConfigProblem> delivery_problems;

  std::optional<cdc::ConninfoFacts> target;  // what source.url says
  std::optional<cdc::Catalog> catalog;
  std::optional<cdc::Error> connect_problem;
  // Where the server's certificate was refused: that certificate, and the time when it was shown.
  std::optional<cdc::PeerCertificate> refused_certificate;
  std::int64_t refused_at_s = 0;                // since the Unix epoch
  std::optional<cdc::ServerIdentity> identity;  // of the replication connection
  std::optional<cdc::Error> replication_problem;
  std::vector<HostFacts> hosts;  // of source.url; empty where it names one

  LogFacts log;
};

}  // namespace wakestream::check
