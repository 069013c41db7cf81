// Membership (log/membership.h) by Kafka's group protocol, through librdkafka's group consumer,
// which here consumes nothing: the partitions that it is assigned are paused from the start.
//
// The assignor is cooperative-sticky: where a member comes or goes only the parts that move are
// taken, and all others go on. librdkafka waits with its answer to the group for
// rd_kafka_incremental_(un)assign, which may be called at any time after its callback; heartbeats
// go on meanwhile. So `released` is that call.
//
// Source: Apache Kafka, "KIP-429: Kafka Consumer Incremental Rebalance Protocol"; librdkafka,
// rd_kafka_conf_set_rebalance_cb and CONFIGURATION.md.
#pragma once

#include <memory>

#include "log/event_log.h"
#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"

namespace wakestream::log::kafka {

class GroupMembership final : public Membership {
 public:
  static Result<std::unique_ptr<Membership>> join(const KafkaOptions& kafka,
                                                  const MembershipOptions& options);
  ~GroupMembership() override;
  GroupMembership(const GroupMembership&) = delete;
  GroupMembership& operator=(const GroupMembership&) = delete;

  Result<Change> poll(Milliseconds wait) override;
  Result<void> released() override;

 private:
  GroupMembership(std::unique_ptr<Client> client, std::string group)
      : client_(std::move(client)), group_(std::move(group)) {}

  Result<void> hear(Milliseconds wait);
  Result<void> take_on(rd_kafka_topic_partition_list_t* partitions);
  Result<void> judge(rd_kafka_error_t* error, const std::string& what) const;

  const std::unique_ptr<Client> client_;
  const std::string group_;
  PartitionsPtr taken_;  // until it is released
};

}  // namespace wakestream::log::kafka
