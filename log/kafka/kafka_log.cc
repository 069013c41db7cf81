#include "log/kafka/kafka_log.h"

#include <fmt/format.h>

#include <utility>

#include "log/kafka/client.h"
#include "log/kafka/client_conf.h"
#include "log/kafka/end_offsets.h"
#include "log/kafka/group_membership.h"
#include "log/kafka/group_offsets.h"
#include "log/kafka/held_back.h"
#include "log/kafka/newest_record.h"
#include "log/kafka/partition_reader.h"
#include "log/kafka/scram_weakness.h"
#include "log/kafka/topic_admin.h"
#include "log/kafka/topic_facts.h"
#include "log/kafka/transactional_writer.h"

namespace wakestream::log::kafka {

namespace {

class KafkaLog final : public EventLog {
 public:
  KafkaLog(KafkaOptions options, std::unique_ptr<Client> admin)
      : options_(std::move(options)), admin_(std::move(admin)), newest_(options_, *admin_) {}

  Result<std::vector<TopicShape>> ensure_topics(std::span<const TopicSpec> specs, bool may_create,
                                                Milliseconds deadline) override {
    const TopicPlan plan{.may_create = may_create,
                         .replication_factor = options_.replication_factor,
                         .batch_bytes_max = options_.record_bytes_max};
    return kafka::ensure_topics(*admin_, specs, plan, registry_, Deadline(deadline));
  }

  Result<std::unique_ptr<Writer>> open_writer(const WriterOptions& options) override {
    return TransactionalWriter::open(options_, options, registry_);
  }

  Result<std::unique_ptr<Reader>> open_reader(const std::string& topic, ReadFrom from) override {
    return PartitionReader::open(options_, *admin_, topic, from);
  }

  Result<std::unique_ptr<Reader>> open_reader_at(
      const std::string& topic, std::span<const std::int64_t> next_offsets) override {
    return PartitionReader::open_at(options_, *admin_, topic, next_offsets);
  }

  // High watermarks: beyond the last stable offset, where a transaction is open.
  Result<std::vector<std::int64_t>> end_offsets(const std::string& topic,
                                                Milliseconds deadline) override {
    const Deadline until(deadline);
    const auto count = partition_count(*admin_, topic, until);
    if (!count) return tl::unexpected(count.error());
    return kafka::end_offsets(*admin_, topic, *count, until);
  }

  Result<std::vector<CommittedOffset>> committed_offsets(const GroupQuestion& question,
                                                         Milliseconds deadline) override {
    const Deadline until(deadline);
    const auto count = partition_count(*admin_, question.topic, until);
    if (!count) return tl::unexpected(count.error());
    return group_offsets(options_, question, *count, until);
  }

  Result<std::vector<HeldBackPartition>> held_back(std::span<const std::string> topics,
                                                   Milliseconds longer_than,
                                                   Milliseconds deadline) override {
    return kafka::held_back(options_, *admin_, topics, longer_than, Deadline(deadline));
  }

  Result<std::unique_ptr<Membership>> join(const MembershipOptions& options) override {
    return GroupMembership::join(options_, options);
  }

  Result<std::optional<StoredRecord>> latest(const std::string& topic, const std::string& key,
                                             Settled settled, Milliseconds deadline) override {
    return newest_.find(topic, key, settled, Deadline(deadline));
  }

 private:
  const KafkaOptions options_;
  TopicRegistry registry_;
  // For topics, their settings and their high watermarks. It never produces: a producer is what
  // librdkafka's admin calls need least of.
  const std::unique_ptr<Client> admin_;
  NewestRecord newest_;
};

}  // namespace

std::string library_weakness(const KafkaOptions& options) {
  for (const auto* name : {"sasl.mechanism", "sasl.mechanisms"}) {
    const auto given = options.options.find(name);
    if (given != options.options.end()) return scram_weakness(given->second);
  }
  return {};
}

Result<std::unique_ptr<EventLog>> open_kafka_log(const KafkaOptions& options) {
  if (options.brokers.empty()) {
    return tl::unexpected(
        Error{ErrorKind::bad_option, "Kafka brokers: empty; give host:port, separated by commas"});
  }
  if (options.pipeline.empty())
    return tl::unexpected(Error{ErrorKind::bad_option, "Kafka pipeline: empty"});
  auto conf = make_conf(options, {}, {{"isolation.level", "read_uncommitted"}});
  if (!conf) return tl::unexpected(conf.error());
  auto admin = Client::open(RD_KAFKA_PRODUCER, std::move(*conf), options.brokers);
  if (!admin) return tl::unexpected(admin.error());
  return std::make_unique<KafkaLog>(options, std::move(*admin));
}

}  // namespace wakestream::log::kafka
