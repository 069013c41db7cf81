#include "log/kafka/committed_consumer.h"

#include <fmt/format.h>

#include <utility>

#include "log/kafka/broker_error.h"
#include "log/kafka/client_conf.h"

namespace wakestream::log::kafka {

Result<std::unique_ptr<CommittedConsumer>> CommittedConsumer::open(const KafkaOptions& kafka,
                                                                   const ConsumerTuning& tuning) {
  auto conf = make_conf(
      kafka,
      {
          {"queued.max.messages.kbytes", std::to_string(tuning.queued_kbytes_max)},
          {"fetch.message.max.bytes", std::to_string(tuning.fetch_bytes_max)},
          {"fetch.wait.max.ms", std::to_string(tuning.fetch_wait.count())},
          // The default of 500 ms is for errors that are worth a pause; a moved leader is not.
          {"fetch.error.backoff.ms", "50"},
      },
      {
          {"isolation.level", "read_committed"},
          {"enable.partition.eof", "true"},
          // What retention took before it was read is an error, not a jump.
          {"auto.offset.reset", "error"},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
      });
  if (!conf) return tl::unexpected(conf.error());
  auto client = Client::open(RD_KAFKA_CONSUMER, std::move(*conf), kafka.brokers);
  if (!client) return tl::unexpected(client.error());
  return std::unique_ptr<CommittedConsumer>(new CommittedConsumer(std::move(*client), tuning));
}

CommittedConsumer::CommittedConsumer(std::unique_ptr<Client> client, const ConsumerTuning& tuning)
    : client_(std::move(client)),
      queued_bytes_max_(static_cast<std::size_t>(tuning.queued_kbytes_max) * 1024),
      queue_(rd_kafka_queue_new(client_->get())) {}

CommittedConsumer::~CommittedConsumer() {
  stop();
  // Before the client: they belong to it.
  topic_.reset();
  queue_.reset();
}

Result<void> CommittedConsumer::start(const std::string& topic, std::int32_t partition,
                                      std::int64_t offset) {
  if (topic_ == nullptr || topic_name_ != topic) {
    topic_.reset(rd_kafka_topic_new(client_->get(), topic.c_str(), nullptr));
    topic_name_ = topic;
  }
  if (topic_ == nullptr ||
      rd_kafka_consume_start_queue(topic_.get(), partition, offset, queue_.get()) != 0) {
    const auto code = rd_kafka_last_error();
    return tl::unexpected(
        client_->refusal(code, fmt::format("reading of topic {} partition {}", topic, partition)));
  }
  positions_.insert_or_assign(partition, Position{.next_offset = offset});
  return {};
}

void CommittedConsumer::stop() {
  for (const auto& [partition, position] : positions_)
    rd_kafka_consume_stop(topic_.get(), partition);
  positions_.clear();
}

Result<void> CommittedConsumer::start_stalled() {
  for (auto& [partition, position] : positions_) {
    // Half of the limit: librdkafka counts more than keys and values against it.
    const bool may_stall = position.bytes_since_empty >= queued_bytes_max_ / 2;
    position.bytes_since_empty = 0;
    if (!may_stall) continue;
    rd_kafka_consume_stop(topic_.get(), partition);
    if (auto started = start(topic_name_, partition, position.next_offset); !started)
      return started;
  }
  return {};
}

Result<std::optional<CommittedConsumer::Item>> CommittedConsumer::next(int wait_ms) {
  client_->poll(0);
  MessagePtr message{rd_kafka_consume_queue(queue_.get(), 0)};
  if (message == nullptr) {
    if (auto started = start_stalled(); !started) return tl::unexpected(started.error());
    message.reset(rd_kafka_consume_queue(queue_.get(), wait_ms));
  }
  if (message == nullptr) return std::optional<Item>{};
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto& position = positions_[message->partition];
    position.next_offset = message->offset + 1;
    position.bytes_since_empty += message->key_len + message->len;
    const auto partition = message->partition;
    const auto offset = message->offset;
    return Item{
        .is_record = true, .partition = partition, .offset = offset, .message = std::move(message)};
  }
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return Item{.is_record = false,
                .partition = message->partition,
                .offset = message->offset,
                .message = nullptr};
  }
  // What heals by itself librdkafka tries again; the caller sees that nothing comes.
  if (may_heal(message->err)) return std::optional<Item>{};
  return tl::unexpected(client_->refusal(
      message->err, fmt::format("reading of topic {} partition {} at offset {}", topic_name_,
                                message->partition, message->offset)));
}

StoredRecord stored_record(const rd_kafka_message_t& message) {
  StoredRecord record;
  record.partition = message.partition;
  record.offset = message.offset;
  rd_kafka_timestamp_type_t ignored{};
  record.timestamp_ms = rd_kafka_message_timestamp(&message, &ignored);
  if (message.key != nullptr)
    record.key.assign(static_cast<const char*>(message.key), message.key_len);
  record.tombstone = message.payload == nullptr;
  if (!record.tombstone)
    record.value.assign(static_cast<const char*>(message.payload), message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t at = 0;
         rd_kafka_header_get_all(headers, at, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++at) {
      record.headers.emplace_back(name, value == nullptr
                                            ? std::string{}
                                            : std::string{static_cast<const char*>(value), size});
    }
  }
  return record;
}

}  // namespace wakestream::log::kafka
