#include "log/kafka/transactional_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "log/kafka/broker_error.h"
#include "log/kafka/client_conf.h"
#include "log/kafka/end_offsets.h"

namespace wakestream::log::kafka {

namespace {

// What librdkafka holds beside the batch that it copies from: enough for several requests under
// way, each with some hundred records of a partition. With fewer the broker has more batches to
// look at, and a snapshot comes in at two thirds of the rate (docs/benchmarks.md). A record in its
// queue takes a kilobyte more than itself, mostly for its headers (tests/crash/memory_test.py).
// When it is full, produce waits for the broker.
constexpr int queue_records_max = 4'000;
constexpr std::int64_t queue_kbytes_max = 3 * 1024;

// librdkafka's default batch, and what is left of it where a topic takes less.
constexpr std::int64_t batch_bytes_default = 1'000'000;

// Kafka's default for max.message.bytes; assumed for a topic that ensure_topics did not look at.
constexpr std::int64_t topic_batch_bytes_default = 1'048'588;

// What a record batch (61 bytes) and a record in it take besides keys, values and headers, each
// variable length at its longest. Source: Apache Kafka documentation, "Message Format".
constexpr std::size_t record_overhead_bytes = 61 + 36;
constexpr std::size_t header_overhead_bytes = 10;

// Without a wait librdkafka's thread is woken for each record, and spends more time on that than on
// what it sends. What still waits when a transaction is whole is sent at once (rd_kafka_flush).
constexpr const char* linger_ms = "5";

// The records of a batch are alike, their headers most of all: a quarter of the bytes to check, to
// copy and to store is worth more than what the compression costs, at both ends.
constexpr const char* compression = "lz4";

// Callbacks are served while a transaction is being filled, so that reports do not pile up.
constexpr std::uint64_t poll_every_records = 256;

// librdkafka does its waiting in steps, between which its callbacks can say why nothing comes.
constexpr Milliseconds step{250};
// While an older writer's transaction is being ended the broker asks to come again, which
// librdkafka does after half a second; being called again makes it ask at once.
constexpr Milliseconds init_step{50};
constexpr Milliseconds abort_on_close_max{400};

// A transaction is begun, filled and committed, each within its deadline: the broker must not end
// it before the writer gives it up. Longer would let a writer that died hold back the readers for
// longer.
Milliseconds transaction_timeout(const WriterOptions& options) {
  return std::max(3 * options.transaction_deadline, Milliseconds{10'000});
}

// The largest record must fit: librdkafka would call the queue full for ever.
std::int64_t queue_kbytes(const KafkaOptions& kafka) {
  return std::max(queue_kbytes_max, kafka.record_bytes_max / std::int64_t{1024} + 1);
}

std::string text_of(const rd_kafka_error_t* error) {
  return fmt::format("{} ({})", rd_kafka_error_string(error), rd_kafka_error_name(error));
}

struct PackedHeaders {
  HeadersPtr headers;
  std::size_t bytes = 0;
};

PackedHeaders headers_of(const Record& record) {
  PackedHeaders packed{HeadersPtr{rd_kafka_headers_new(16)}};
  HeaderReader reader(record.headers);
  std::string_view name;
  std::string_view value;
  while (reader.take(name, value)) {
    rd_kafka_header_add(packed.headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                        value.data(), static_cast<ssize_t>(value.size()));
    packed.bytes += name.size() + value.size() + header_overhead_bytes;
  }
  return packed;
}

// librdkafka takes a null pointer for "no value" (a tombstone), and an empty string_view may be
// one.
const void* bytes_of(std::string_view text) { return text.empty() ? "" : text.data(); }

rd_kafka_vu_t part_of(rd_kafka_vtype_t type) {
  rd_kafka_vu_t part{};
  part.vtype = type;
  return part;
}

}  // namespace

Result<std::unique_ptr<Writer>> TransactionalWriter::open(const KafkaOptions& kafka,
                                                          const WriterOptions& options,
                                                          const TopicRegistry& registry) {
  const Deadline deadline(options.open_deadline);
  const auto topics = registry.of_writer(options.name);
  std::int64_t batch_bytes = batch_bytes_default;
  for (const auto& [name, facts] : topics)
    batch_bytes = std::min(batch_bytes, facts.batch_bytes_max);

  const std::string transactional_id =
      fmt::format("wakestream.{}.{}", kafka.pipeline, options.name);
  const std::string timeout_ms = std::to_string(transaction_timeout(options).count());
  auto conf = make_conf(kafka,
                        {
                            {"linger.ms", linger_ms},
                            {"compression.type", compression},
                            {"batch.size", std::to_string(batch_bytes)},
                            {"queue.buffering.max.messages", std::to_string(queue_records_max)},
                            {"queue.buffering.max.kbytes", std::to_string(queue_kbytes(kafka))},
                            {"transaction.timeout.ms", timeout_ms},
                        },
                        {
                            {"transactional.id", transactional_id},
                            {"enable.idempotence", "true"},
                            {"acks", "all"},
                            {"message.max.bytes", std::to_string(kafka.record_bytes_max)},
                        });
  if (!conf) return tl::unexpected(conf.error());
  auto client = Client::open(RD_KAFKA_PRODUCER, std::move(*conf), kafka.brokers);
  if (!client) return tl::unexpected(client.error());

  const std::string what = "init_transactions of " + transactional_id;
  while (true) {
    const ErrorPtr error{
        rd_kafka_init_transactions((*client)->get(), std::max(1, deadline.left_ms(init_step)))};
    if (error == nullptr) break;
    (*client)->poll(0);
    const auto code = rd_kafka_error_code(error.get());
    if (!rd_kafka_error_is_retriable(error.get())) {
      return tl::unexpected(Error{
          kind_of(code), fmt::format("Kafka at {} refused: {}: {}; last error: {}", kafka.brokers,
                                     what, text_of(error.get()), (*client)->notes().last_error())});
    }
    if (deadline.passed() || (*client)->notes().refused())
      return tl::unexpected((*client)->no_answer(deadline, what));
  }
  std::unique_ptr<TransactionalWriter> writer(
      new TransactionalWriter(std::move(*client), transactional_id, options, kafka, registry));
  for (const auto& [name, facts] : topics) {
    if (auto topic = writer->topic_of(name, deadline); !topic) return tl::unexpected(topic.error());
  }
  return writer;
}

TransactionalWriter::TransactionalWriter(std::unique_ptr<Client> client,
                                         std::string transactional_id, WriterOptions options,
                                         const KafkaOptions& kafka, const TopicRegistry& registry)
    : client_(std::move(client)),
      transactional_id_(std::move(transactional_id)),
      options_(std::move(options)),
      record_bytes_max_(kafka.record_bytes_max),
      registry_(registry) {}

TransactionalWriter::~TransactionalWriter() {
  // A transaction left open would hold back the readers until the next writer opens or its time is
  // up.
  if (in_transaction_ && broken_.empty() && !client_->notes().all_brokers_down()) {
    std::ignore = end_by_abort(Deadline(abort_on_close_max));
  }
  // What is still queued must not be sent any more, and keeps nothing alive.
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                     RD_KAFKA_PURGE_F_NON_BLOCKING);
  client_->poll(0);
  topics_.clear();  // before the client: they belong to it
}

Result<void> TransactionalWriter::begin() {
  if (!broken_.empty()) return tl::unexpected(doubt("begin", broken_));
  client_->poll(0);
  client_->notes().reset_deliveries();
  produced_count_ = 0;
  const ErrorPtr error{rd_kafka_begin_transaction(client_->get())};
  if (error != nullptr) return tl::unexpected(doubt("begin", text_of(error.get())));
  in_transaction_ = true;
  return {};
}

Result<void> TransactionalWriter::produce(const Record& record) {
  if (!broken_.empty()) return tl::unexpected(doubt("produce", broken_));
  const Deadline deadline(options_.transaction_deadline);
  const auto topic = topic_of(record.topic, deadline);
  if (!topic) return tl::unexpected(topic.error());
  auto packed = headers_of(record);
  if (auto judged = judge(record, **topic, packed.bytes); !judged) return judged;
  return enqueue(record, **topic, std::move(packed.headers), deadline);
}

Result<TransactionalWriter::Topic*> TransactionalWriter::topic_of(std::string_view name,
                                                                  const Deadline& deadline) {
  if (const auto found = topics_.find(name); found != topics_.end()) return &found->second;
  const std::string topic_name{name};
  const auto count = partition_count(*client_, topic_name, deadline);
  if (!count) return tl::unexpected(count.error());
  const auto facts = registry_.find(topic_name);
  Topic topic{.handle = TopicPtr{rd_kafka_topic_new(client_->get(), topic_name.c_str(), nullptr)},
              .partition_count = *count,
              .batch_bytes_max = facts ? facts->batch_bytes_max : topic_batch_bytes_default};
  return &topics_.emplace(topic_name, std::move(topic)).first->second;
}

Result<void> TransactionalWriter::judge(const Record& record, const Topic& topic,
                                        std::size_t headers_bytes) const {
  if (record.partition < 0 || record.partition >= topic.partition_count) {
    return tl::unexpected(
        Error{ErrorKind::topic_shape,
              fmt::format("a record for partition {} of topic {}, which has {} partition(s)",
                          record.partition, record.topic, topic.partition_count)});
  }
  const std::size_t bytes =
      record_overhead_bytes + record.key.size() + record.value.size() + headers_bytes;
  const auto limit = static_cast<std::size_t>(std::min(topic.batch_bytes_max, record_bytes_max_));
  if (bytes > limit) {
    return tl::unexpected(Error{ErrorKind::record_too_big,
                                fmt::format("a record of {} bytes for topic {}, which takes {} "
                                            "(max.message.bytes of the topic, or the "
                                            "writer's own limit)",
                                            bytes, record.topic, limit)});
  }
  return {};
}

Result<void> TransactionalWriter::enqueue(const Record& record, const Topic& topic,
                                          HeadersPtr headers, const Deadline& deadline) {
  std::array<rd_kafka_vu_t, 7> parts{
      part_of(RD_KAFKA_VTYPE_RKT),      part_of(RD_KAFKA_VTYPE_PARTITION),
      part_of(RD_KAFKA_VTYPE_MSGFLAGS), part_of(RD_KAFKA_VTYPE_KEY),
      part_of(RD_KAFKA_VTYPE_VALUE),    part_of(RD_KAFKA_VTYPE_TIMESTAMP),
      part_of(RD_KAFKA_VTYPE_HEADERS)};
  parts[0].u.rkt = topic.handle.get();
  parts[1].u.i32 = record.partition;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  // librdkafka's structure is one for reading and writing; with F_COPY it only reads.
  parts[3].u.mem = {const_cast<void*>(bytes_of(record.key)), record.key.size()};
  parts[4].u.mem = {record.tombstone ? nullptr : const_cast<void*>(bytes_of(record.value)),
                    record.value.size()};
  parts[5].u.i64 = record.timestamp_ms;
  parts[6].u.headers = headers.get();
  while (true) {
    const ErrorPtr error{rd_kafka_produceva(client_->get(), parts.data(), parts.size())};
    if (error == nullptr) break;
    const auto code = rd_kafka_error_code(error.get());
    if (client_->notes().gave_transaction_up()) return tl::unexpected(given_up("produce"));
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      return tl::unexpected(doubt("produce", text_of(error.get())));
    if (deadline.passed())
      return tl::unexpected(doubt("produce", "the queue to the broker stayed full"));
    client_->poll(deadline.left_ms(step));
  }
  std::ignore = headers.release();  // the message owns them now
  if (++produced_count_ % poll_every_records == 0) {
    client_->poll(0);
    if (client_->notes().gave_transaction_up()) return tl::unexpected(given_up("produce"));
    return judge_deliveries("produce");
  }
  return {};
}

Result<void> TransactionalWriter::commit(const ConsumedOffsets& consumed) {
  if (!broken_.empty()) return tl::unexpected(doubt("commit", broken_));
  const Deadline deadline(options_.transaction_deadline);
  if (auto delivered = wait_for_deliveries(deadline); !delivered) return delivered;
  if (auto sent = send_offsets(consumed, deadline); !sent) return sent;
  const ErrorPtr error{
      rd_kafka_commit_transaction(client_->get(), std::max(1, deadline.left_ms()))};
  // Also one that librdkafka calls retriable: it comes when the deadline has passed, and says
  // nothing of the outcome.
  if (error != nullptr) return tl::unexpected(failure_of("commit", error.get()));
  in_transaction_ = false;
  client_->notes().forget_errors();  // what a broker said before this is over
  return {};
}

bool TransactionalWriter::all_reported(const Deadline& deadline) {
  client_->poll(0);
  bool flushed = false;
  while (client_->notes().reported_count() < produced_count_) {
    if (client_->notes().gave_transaction_up()) return true;
    if (deadline.passed()) return false;
    // It serves the callbacks, too, and returns when nothing is under way any more.
    if (!flushed)
      flushed =
          rd_kafka_flush(client_->get(), deadline.left_ms(step)) == RD_KAFKA_RESP_ERR_NO_ERROR;
    else
      client_->poll(deadline.left_ms(step));
  }
  return true;
}

Result<void> TransactionalWriter::wait_for_deliveries(const Deadline& deadline) {
  if (!all_reported(deadline)) {
    return tl::unexpected(
        doubt("commit", fmt::format("{} of {} records were not acknowledged within {} ms",
                                    produced_count_ - client_->notes().reported_count(),
                                    produced_count_, deadline.whole().count())));
  }
  if (client_->notes().gave_transaction_up()) return tl::unexpected(given_up("commit"));
  return judge_deliveries("commit");
}

Result<void> TransactionalWriter::judge_deliveries(const std::string& step_name) {
  const auto why = client_->notes().first_failure();
  if (why.empty()) return {};
  auto failure = doubt(step_name, why);
  // The topic's limit is not what it was: the transaction cannot be committed any more.
  if (client_->notes().was_too_big()) failure.kind = ErrorKind::record_too_big;
  return tl::unexpected(std::move(failure));
}

Result<void> TransactionalWriter::send_offsets(const ConsumedOffsets& consumed,
                                               const Deadline& deadline) {
  if (consumed.positions.empty()) return {};
  const PartitionsPtr positions{
      rd_kafka_topic_partition_list_new(static_cast<int>(consumed.positions.size()))};
  for (const auto& position : consumed.positions) {
    auto* one = rd_kafka_topic_partition_list_add(positions.get(), position.topic.c_str(),
                                                  position.partition);
    one->offset = position.next_offset;
    // Says who committed it. Freed with the list.
    one->metadata = strdup(options_.incarnation.c_str());
    one->metadata_size = options_.incarnation.size();
  }
  const GroupMetadataPtr group{rd_kafka_consumer_group_metadata_new(consumed.group.c_str())};
  const ErrorPtr error{rd_kafka_send_offsets_to_transaction(
      client_->get(), positions.get(), group.get(), std::max(1, deadline.left_ms()))};
  if (error != nullptr) return tl::unexpected(doubt("consumed offsets", text_of(error.get())));
  return {};
}

Result<void> TransactionalWriter::abort() {
  if (!broken_.empty()) return tl::unexpected(doubt("abort", broken_));
  return end_by_abort(Deadline(options_.transaction_deadline));
}

Result<void> TransactionalWriter::end_by_abort(const Deadline& deadline) {
  // librdkafka asks for the end of a transaction of which the broker may not have heard yet (the
  // first record is on its way, or waits for the last transaction's markers), is told that there is
  // none, and takes that for the writer's end. So the records are waited for, though they are to be
  // thrown away.
  if (!all_reported(deadline))
    return tl::unexpected(doubt("abort", "records were not acknowledged"));
  const ErrorPtr error{rd_kafka_abort_transaction(client_->get(), std::max(1, deadline.left_ms()))};
  if (error != nullptr) return tl::unexpected(doubt("abort", text_of(error.get())));
  in_transaction_ = false;
  return {};
}

Error TransactionalWriter::failure_of(const std::string& step_name, const rd_kafka_error_t* error) {
  auto failure = doubt(step_name, text_of(error));
  // A transaction that the broker does not let us add to can only be aborted.
  const auto kind = kind_of(rd_kafka_error_code(error));
  if (rd_kafka_error_txn_requires_abort(error) != 0 &&
      (kind == ErrorKind::denied || kind == ErrorKind::record_too_big))
    failure.kind = kind;
  return failure;
}

Error TransactionalWriter::given_up(const std::string& step_name) {
  const ErrorPtr error{rd_kafka_commit_transaction(client_->get(), static_cast<int>(step.count()))};
  if (error == nullptr) return doubt(step_name, "librdkafka gave the transaction up");
  return failure_of(step_name, error.get());
}

Error TransactionalWriter::doubt(const std::string& step_name, const std::string& why) {
  client_->poll(0);
  if (broken_.empty()) {
    char fatal[512];
    const bool fenced =
        rd_kafka_fatal_error(client_->get(), fatal, sizeof(fatal)) != RD_KAFKA_RESP_ERR_NO_ERROR;
    broken_ = fmt::format(
        "{}: {}{}; last error: {}", step_name, why,
        fenced ? " (another writer of this name was opened, or the broker ended the transaction)"
               : "",
        client_->notes().last_error());
  }
  return {ErrorKind::in_doubt,
          fmt::format("transaction of {} in doubt: {}", transactional_id_, broken_)};
}

}  // namespace wakestream::log::kafka
