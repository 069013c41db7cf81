#include "log/kafka/group_offsets.h"

#include <algorithm>
#include <thread>

#include "log/kafka/broker_error.h"
#include "log/kafka/client.h"
#include "log/kafka/client_conf.h"

namespace wakestream::log::kafka {

namespace {

// As for other questions to brokers: only between two calls the callbacks can say why there is no
// answer.
constexpr Milliseconds ask_step{500};
constexpr Milliseconds ask_pause{20};

rd_kafka_resp_err_t ask(const Client& client, rd_kafka_topic_partition_list_t* partitions,
                        int timeout_ms) {
  const auto code = rd_kafka_committed(client.get(), partitions, timeout_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  for (int at = 0; at < partitions->cnt; ++at) {
    if (partitions->elems[at].err != RD_KAFKA_RESP_ERR_NO_ERROR) return partitions->elems[at].err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

Result<std::vector<CommittedOffset>> group_offsets(const KafkaOptions& kafka,
                                                   const GroupQuestion& question,
                                                   std::int32_t partition_count,
                                                   const Deadline& deadline) {
  const bool settled = question.settled == Settled::required;
  auto conf = make_conf(kafka, {},
                        {
                            {"group.id", question.group},
                            // Asks for stable offsets, or not.
                            {"isolation.level", settled ? "read_committed" : "read_uncommitted"},
                            {"enable.auto.commit", "false"},
                        });
  if (!conf) return tl::unexpected(conf.error());
  const auto client = Client::open(RD_KAFKA_CONSUMER, std::move(*conf), kafka.brokers);
  if (!client) return tl::unexpected(client.error());
  const PartitionsPtr partitions{rd_kafka_topic_partition_list_new(partition_count)};
  for (std::int32_t number = 0; number < partition_count; ++number)
    if (!question.in || question.in(number))
      rd_kafka_topic_partition_list_add(partitions.get(), question.topic.c_str(), number);
  const std::string what = "offsets of group " + question.group;
  while (true) {
    const auto code = ask(**client, partitions.get(), std::max(1, deadline.left_ms(ask_step)));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    (*client)->poll(0);
    if (!may_heal(code)) return tl::unexpected((*client)->refusal(code, what));
    if (deadline.passed() || (*client)->notes().refused())
      return tl::unexpected((*client)->no_answer(deadline, what));
    std::this_thread::sleep_for(ask_pause);
  }
  std::vector<CommittedOffset> next(static_cast<std::size_t>(partition_count));
  for (int at = 0; at < partitions->cnt; ++at) {
    const auto& answer = partitions->elems[at];
    if (answer.offset < 0) continue;  // nothing is committed
    auto& known = next[static_cast<std::size_t>(answer.partition)];
    known.next_offset = answer.offset;
    if (answer.metadata != nullptr)
      known.writer.assign(static_cast<const char*>(answer.metadata), answer.metadata_size);
  }
  return next;
}

}  // namespace wakestream::log::kafka
