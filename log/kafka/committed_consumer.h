// A consumer of committed records, partition by partition, without a group.
//
// It is librdkafka's simple consumer (consume_start on a partition at an offset), and not its group
// consumer with assign(), because that one looks for a group's coordinator even when nobody joins
// or commits: it would need rights on a group and make __consumer_offsets on a fresh cluster. A
// queue of its own takes the records of all partitions.
//
// Memory: librdkafka fetches ahead until `queued_kbytes_max` wait, plus one fetch. Up to 2.2 it
// then forgets the partition for a second, however soon the queue is empty again (later versions
// have fetch.queue.backoff.ms for that): 1 MiB a second would be all that a small queue lets
// through. So a partition whose queue may have been full is started anew, where it stands, as soon
// as the queue is empty: 2 ms instead of 1,000.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "log/event_log.h"
#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"

namespace wakestream::log::kafka {

struct ConsumerTuning {
  int queued_kbytes_max = 1024;  // for each partition
  int fetch_bytes_max =
      256 * 1024;  // for each partition in one answer; a larger record comes all the same
  // How long the broker may hold an empty fetch. The end of a partition is told by its answer, so
  // this is also what it takes to learn of an end; a record that comes meanwhile is sent at once.
  Milliseconds fetch_wait{100};
};

class CommittedConsumer {
 public:
  // What came out of the queue: a record, or the end of a partition as of now (the offset of the
  // next record there).
  struct Item {
    bool is_record = false;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    MessagePtr message;  // of a record
  };

  static Result<std::unique_ptr<CommittedConsumer>> open(const KafkaOptions& kafka,
                                                         const ConsumerTuning& tuning);
  ~CommittedConsumer();
  CommittedConsumer(const CommittedConsumer&) = delete;
  CommittedConsumer& operator=(const CommittedConsumer&) = delete;

  const Client& client() const { return *client_; }

  // From `offset` on, which may be RD_KAFKA_OFFSET_BEGINNING. A consumer reads one topic at a time.
  Result<void> start(const std::string& topic, std::int32_t partition, std::int64_t offset);
  // Stops every partition and forgets what was fetched from it.
  void stop();

  // The next item; nothing after `wait_ms`. Serves callbacks too.
  Result<std::optional<Item>> next(int wait_ms);

 private:
  struct Position {
    std::int64_t next_offset = 0;
    std::size_t bytes_since_empty = 0;  // taken out since the queue was last seen empty
  };

  CommittedConsumer(std::unique_ptr<Client> client, const ConsumerTuning& tuning);

  Result<void> start_stalled();

  std::unique_ptr<Client> client_;
  const std::size_t queued_bytes_max_;
  QueuePtr queue_;
  std::string topic_name_;
  TopicPtr topic_;
  std::map<std::int32_t, Position> positions_;
};

StoredRecord stored_record(const rd_kafka_message_t& message);

}  // namespace wakestream::log::kafka
