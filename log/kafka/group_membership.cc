#include "log/kafka/group_membership.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "log/kafka/broker_error.h"
#include "log/kafka/client_conf.h"

namespace wakestream::log::kafka {

namespace {

void rebalance_callback(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  const bool is_given = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (static_cast<ClientNotes*>(opaque)->on_rebalance(is_given, *partitions)) return;
  const ErrorPtr ignored{is_given ? rd_kafka_incremental_assign(handle, partitions)
                                  : rd_kafka_incremental_unassign(handle, partitions)};
}

std::vector<std::int32_t> numbers_of(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<std::int32_t> numbers;
  numbers.reserve(static_cast<std::size_t>(partitions.cnt));
  for (int at = 0; at < partitions.cnt; ++at) numbers.push_back(partitions.elems[at].partition);
  return numbers;
}

// A topic that was made just now is not known to all brokers; one that was deleted is made anew by
// whoever joins again.
bool may_pass(rd_kafka_resp_err_t code) {
  return may_heal(code) || code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED ||
         kind_of(code) == ErrorKind::topic_missing;
}

}  // namespace

Result<std::unique_ptr<Membership>> GroupMembership::join(const KafkaOptions& kafka,
                                                          const MembershipOptions& options) {
  const auto silence_ms = options.silence_max.count();
  auto conf = make_conf(kafka, {},
                        {
                            {"group.id", options.group},
                            {"partition.assignment.strategy", "cooperative-sticky"},
                            {"session.timeout.ms", std::to_string(silence_ms)},
                            {"heartbeat.interval.ms", std::to_string(silence_ms / 4)},
                            {"enable.auto.commit", "false"},
                            {"isolation.level", "read_committed"},
                        });
  if (!conf) return tl::unexpected(conf.error());
  rd_kafka_conf_set_rebalance_cb(conf->get(), rebalance_callback);
  auto client = Client::open(RD_KAFKA_CONSUMER, std::move(*conf), kafka.brokers);
  if (!client) return tl::unexpected(client.error());
  rd_kafka_poll_set_consumer((*client)->get());
  const PartitionsPtr topics{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe((*client)->get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected((*client)->refusal(code, "joining of group " + options.group));
  return std::unique_ptr<Membership>(new GroupMembership(std::move(*client), options.group));
}

// Waits for the group at most as long as it would wait for us.
GroupMembership::~GroupMembership() {
  client_->notes().leaves_group();
  if (taken_) std::ignore = released();
  while (const auto left = client_->notes().take_rebalance()) {
    const ErrorPtr ignored{
        left->is_given ? rd_kafka_incremental_assign(client_->get(), left->partitions.get())
                       : rd_kafka_incremental_unassign(client_->get(), left->partitions.get())};
  }
  rd_kafka_consumer_close(client_->get());
}

Result<Membership::Change> GroupMembership::poll(Milliseconds wait) {
  if (auto heard = hear(wait); !heard) return tl::unexpected(std::move(heard.error()));
  Change change;
  while (!taken_) {
    auto rebalance = client_->notes().take_rebalance();
    if (!rebalance) break;
    const auto numbers = numbers_of(*rebalance->partitions);
    if (!rebalance->is_given) {
      change.taken = numbers;
      taken_ = std::move(rebalance->partitions);
    } else {
      if (auto taken_on = take_on(rebalance->partitions.get()); !taken_on)
        return tl::unexpected(std::move(taken_on.error()));
      change.given.insert(change.given.end(), numbers.begin(), numbers.end());
    }
  }
  return change;
}

Result<void> GroupMembership::hear(Milliseconds wait) {
  const MessagePtr message{rd_kafka_consumer_poll(client_->get(), static_cast<int>(wait.count()))};
  if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !may_pass(message->err))
    return tl::unexpected(client_->refusal(message->err, "membership of group " + group_));
  auto& notes = client_->notes();
  if (notes.refused() || notes.untrusted())
    return tl::unexpected(client_->no_answer(Deadline(wait), "membership of group " + group_));
  return {};
}

// From their end, so that nobody asks where the group stands, and not even that.
Result<void> GroupMembership::take_on(rd_kafka_topic_partition_list_t* partitions) {
  for (int at = 0; at < partitions->cnt; ++at) partitions->elems[at].offset = RD_KAFKA_OFFSET_END;
  auto done = judge(rd_kafka_incremental_assign(client_->get(), partitions),
                    "taking on of parts in group ");
  if (done) rd_kafka_pause_partitions(client_->get(), partitions);
  return done;
}

Result<void> GroupMembership::released() {
  if (!taken_) return {};
  const auto taken = std::exchange(taken_, nullptr);
  return judge(rd_kafka_incremental_unassign(client_->get(), taken.get()),
               "giving up of parts in group ");
}

// Where the group has gone on without us, joining again is the way.
Result<void> GroupMembership::judge(rd_kafka_error_t* error, const std::string& what) const {
  const ErrorPtr owned{error};
  if (!owned) return {};
  return tl::unexpected(
      Error{ErrorKind::unreachable,
            fmt::format("{}{}: {}", what, group_, rd_kafka_error_string(owned.get()))});
}

}  // namespace wakestream::log::kafka
