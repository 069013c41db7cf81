// The event log on Kafka, and on what speaks its protocol: log/event_log.h kept by librdkafka's
// transactional producer and by consumers that read what is committed.
//
// NAMES. The transactional.id of a writer is `wakestream.<pipeline>.<writer name>`, so that one
// prefixed ACL covers a pipeline's topics and writers. No reader joins a consumer group or commits
// an offset: reading needs READ and DESCRIBE on the topics and nothing on groups. A writer that
// commits what it consumed needs READ on its group, and who shares work (join) READ on the group of
// members.
//
// ERRORS. librdkafka often says only "timed out"; the reason (refused connection, wrong password,
// certificate) comes to its error callback. Errors of this log carry the last text from there, or
// say that there was none.
//
// A reader whose broker is away answers ErrorKind::unreachable from poll after its `wait` and may
// be polled again: it goes on where it was. Records that retention removed before the reader came
// to them are ErrorKind::removed, never skipped.
//
// Source: Apache Kafka, "KIP-98: Exactly Once Delivery and Transactional Messaging"; librdkafka,
// INTRODUCTION.md "Transactional Producer" and CONFIGURATION.md.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "log/error.h"
#include "log/event_log.h"

namespace wakestream::log::kafka {

struct KafkaOptions {
  std::string brokers;   // host:port,...
  std::string pipeline;  // names the writers, and the program to the brokers
  // librdkafka's own settings (security.protocol, sasl.username, compression.codec ...) for every
  // connection. What exactly-once hangs on cannot be set here and is ErrorKind::bad_option, as is a
  // name that librdkafka does not know. Error messages name the setting and never hold its value.
  // Written out because g++ otherwise wants every designated initializer to name it.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::map<std::string, std::string> options{};
  // Of topics that this log makes; -1 is the brokers' default.
  int replication_factor = -1;
  // The largest record (key, value, headers) that a writer takes, and the limit given to topics
  // that this log makes. Twice a PostgreSQL row at its default limit of 1 MiB, and twice again for
  // what JSON adds to it.
  int record_bytes_max = 4 * 1024 * 1024;
  // For what has no deadline in the contract: open_reader, and a reader's look at the end of its
  // partitions.
  Milliseconds request_deadline{10'000};
};

// What the library that is loaded cannot do of what the options ask for, as a sentence; empty when
// nothing of that kind is known.
std::string library_weakness(const KafkaOptions& options);

// Judges the options; reaches for no broker yet.
Result<std::unique_ptr<EventLog>> open_kafka_log(const KafkaOptions& options);

}  // namespace wakestream::log::kafka
