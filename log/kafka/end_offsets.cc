#include "log/kafka/end_offsets.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "log/kafka/broker_error.h"

namespace wakestream::log::kafka {

namespace {

// Calls to librdkafka are cut into steps: only between them its callbacks can say why there is no
// answer.
constexpr Milliseconds step{500};
constexpr Milliseconds retry_pause{20};

// Asks until there is an answer, a clear refusal, or no time. `ask` gets a time limit in ms and
// returns a code.
template <class Ask>
Result<void> ask_until_answered(const Client& client, const Deadline& deadline,
                                const std::string& what, Ask ask) {
  while (true) {
    const rd_kafka_resp_err_t code = ask(std::max(1, deadline.left_ms(step)));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    client.poll(0);
    if (!may_heal(code)) return tl::unexpected(client.refusal(code, what));
    if (deadline.passed() || client.notes().refused())
      return tl::unexpected(client.no_answer(deadline, what));
    std::this_thread::sleep_for(retry_pause);
  }
}

// A client that reads nothing of the topic goes on asking the broker that led it once, dead or not,
// until it asks who leads it now.
void learn_leaders(const Client& client, const std::string& topic, int timeout_ms) {
  const TopicPtr handle{rd_kafka_topic_new(client.get(), topic.c_str(), nullptr)};
  const rd_kafka_metadata_t* answer = nullptr;
  (void)rd_kafka_metadata(client.get(), 0, handle.get(), &answer, timeout_ms);
  const MetadataPtr metadata{answer};
}

Result<std::vector<std::int64_t>> list_offsets(const Client& client, const std::string& topic,
                                               std::int32_t partition_count, std::int64_t which,
                                               const Deadline& deadline) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(partition_count));
  bool asked_before = false;
  const auto asked =
      ask_until_answered(client, deadline, "offsets of topic " + topic, [&](int timeout_ms) {
        if (std::exchange(asked_before, true)) learn_leaders(client, topic, timeout_ms);
        const PartitionsPtr partitions{rd_kafka_topic_partition_list_new(partition_count)};
        for (std::int32_t partition = 0; partition < partition_count; ++partition) {
          rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), partition)->offset =
              which;
        }
        // The one call that asks for several partitions at once. It sends the offset field as the
        // timestamp of ListOffsets, where -1 and -2 stand for the end and the beginning.
        const auto code = rd_kafka_offsets_for_times(client.get(), partitions.get(), timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
        for (int at = 0; at < partitions->cnt; ++at) {
          const auto& answer = partitions->elems[at];
          if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) return answer.err;
          // An offset that was not filled in is no answer.
          if (answer.offset < 0) return RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
          offsets[static_cast<std::size_t>(answer.partition)] = answer.offset;
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR;
      });
  if (!asked) return tl::unexpected(asked.error());
  return offsets;
}

}  // namespace

Result<TopicLayout> layout_of(const Client& client, const std::string& topic,
                              const Deadline& deadline) {
  const TopicPtr handle{rd_kafka_topic_new(client.get(), topic.c_str(), nullptr)};
  if (handle == nullptr) {
    return tl::unexpected(
        Error{ErrorKind::bad_option, fmt::format("\"{}\" cannot be the name of a topic", topic)});
  }
  TopicLayout layout;
  const auto asked =
      ask_until_answered(client, deadline, "partitions of topic " + topic, [&](int timeout_ms) {
        const rd_kafka_metadata_t* answer = nullptr;
        const auto code = rd_kafka_metadata(client.get(), 0, handle.get(), &answer, timeout_ms);
        const MetadataPtr metadata{answer};
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
        if (metadata->topic_cnt != 1) return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        const auto& found = metadata->topics[0];
        if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return found.err;
        // A topic just made is known before its partitions have leaders; one without them can be
        // neither written nor read.
        for (int at = 0; at < found.partition_cnt; ++at) {
          if (found.partitions[at].leader < 0) return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        }
        if (found.partition_cnt == 0) return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        layout = {found.partition_cnt, found.partitions[0].replica_cnt};
        for (int at = 1; at < found.partition_cnt; ++at)
          layout.copies = std::min(layout.copies, found.partitions[at].replica_cnt);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
      });
  if (!asked) return tl::unexpected(asked.error());
  return layout;
}

Result<std::int32_t> partition_count(const Client& client, const std::string& topic,
                                     const Deadline& deadline) {
  const auto layout = layout_of(client, topic, deadline);
  if (!layout) return tl::unexpected(layout.error());
  return layout->partition_count;
}

Result<std::vector<std::int64_t>> end_offsets(const Client& client, const std::string& topic,
                                              std::int32_t partition_count,
                                              const Deadline& deadline) {
  return list_offsets(client, topic, partition_count, RD_KAFKA_OFFSET_END, deadline);
}

Result<std::vector<std::int64_t>> begin_offsets(const Client& client, const std::string& topic,
                                                std::int32_t partition_count,
                                                const Deadline& deadline) {
  return list_offsets(client, topic, partition_count, RD_KAFKA_OFFSET_BEGINNING, deadline);
}

}  // namespace wakestream::log::kafka
