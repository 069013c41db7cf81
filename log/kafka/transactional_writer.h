// A writer: one transactional producer of librdkafka.
//
// A commit goes out only when every record of the transaction has its delivery report: counting
// them costs nothing, while rd_kafka_flush, which librdkafka would call instead, waits in steps of
// 10 ms. The queue between produce and the broker is bounded; when it is full, produce waits.
//
// Once an error leaves a transaction in doubt, the writer is broken: every call from then on says
// so again.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "log/event_log.h"
#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"
#include "log/kafka/topic_facts.h"

namespace wakestream::log::kafka {

class TransactionalWriter final : public Writer {
 public:
  // See EventLog::open_writer. `registry` outlives the writer.
  static Result<std::unique_ptr<Writer>> open(const KafkaOptions& kafka,
                                              const WriterOptions& options,
                                              const TopicRegistry& registry);

  ~TransactionalWriter() override;
  TransactionalWriter(const TransactionalWriter&) = delete;
  TransactionalWriter& operator=(const TransactionalWriter&) = delete;

  Result<void> begin() override;
  Result<void> produce(const Record& record) override;
  Result<void> commit(const ConsumedOffsets& consumed) override;
  Result<void> abort() override;

 private:
  struct Topic {
    TopicPtr handle;
    std::int32_t partition_count = 0;
    std::int64_t batch_bytes_max = 0;
  };

  TransactionalWriter(std::unique_ptr<Client> client, std::string transactional_id,
                      WriterOptions options, const KafkaOptions& kafka,
                      const TopicRegistry& registry);

  // Asks for the topic's partitions when it is used for the first time, so that no record waits for
  // them later.
  Result<Topic*> topic_of(std::string_view name, const Deadline& deadline);
  Result<void> judge(const Record& record, const Topic& topic, std::size_t headers_bytes) const;
  Result<void> enqueue(const Record& record, const Topic& topic, HeadersPtr headers,
                       const Deadline& deadline);
  // Has every record of the transaction its report, good or bad?
  bool all_reported(const Deadline& deadline);
  Result<void> wait_for_deliveries(const Deadline& deadline);
  Result<void> judge_deliveries(const std::string& step);
  Result<void> end_by_abort(const Deadline& deadline);
  Result<void> send_offsets(const ConsumedOffsets& consumed, const Deadline& deadline);
  Error doubt(const std::string& step, const std::string& why);
  // `doubt`, but where the error is a clear no: then nothing of the transaction was written.
  Error failure_of(const std::string& step, const rd_kafka_error_t* error);
  // Of a transaction that librdkafka gave up. Its records say only that they were purged; its
  // commit says why.
  Error given_up(const std::string& step);

  std::unique_ptr<Client> client_;
  const std::string transactional_id_;
  const WriterOptions options_;
  const std::int64_t record_bytes_max_;
  const TopicRegistry& registry_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::uint64_t produced_count_ = 0;  // in this transaction
  bool in_transaction_ = false;
  std::string broken_;  // why; empty: it is not
};

}  // namespace wakestream::log::kafka
