// A reader of all partitions of a topic: see Reader in log/event_log.h.
//
// `at_end` is proved, not guessed: once every partition has told its end, the brokers are asked for
// the last stable offsets, and only when the reader stands at or behind each of them was everything
// handed over. They are asked by another client than the one that reads: on its connections an
// answer stands behind the fetch that waits there for records to come.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "log/kafka/committed_consumer.h"
#include "log/reader_positions.h"

namespace wakestream::log::kafka {

class PartitionReader final : public PositionedReader {
 public:
  // `admin` outlives it.
  static Result<std::unique_ptr<Reader>> open(const KafkaOptions& kafka, const Client& admin,
                                              const std::string& topic, ReadFrom from);

  static Result<std::unique_ptr<Reader>> open_at(const KafkaOptions& kafka, const Client& admin,
                                                 const std::string& topic,
                                                 std::span<const std::int64_t> next_offsets);

  Result<ReadBatch> poll(std::size_t record_count_max, Milliseconds wait) override;
  bool at_end() override;
  std::vector<std::int64_t> positions() const override;

 private:
  struct Partition {
    std::int64_t next_offset = -1;  // behind all that was handed over or known to be no record
    bool ended = false;             // the end was told, and nothing came since
    bool is_left_out = false;
  };

  // `offsets_of` is asked for where to start once a consumer is there.
  template <class OffsetsOf>
  static Result<std::unique_ptr<Reader>> open_where(const KafkaOptions& kafka, const Client& admin,
                                                    const std::string& topic, OffsetsOf offsets_of);
  PartitionReader(std::unique_ptr<CommittedConsumer> consumer, const Client& admin,
                  std::string topic, std::span<const std::int64_t> starts,
                  Milliseconds request_deadline);

  void take(CommittedConsumer::Item item, ReadBatch& batch);
  bool is_away();

  std::unique_ptr<CommittedConsumer> consumer_;
  const Client& admin_;
  const std::string topic_;
  const Milliseconds request_deadline_;
  std::vector<Partition> partitions_;
};

}  // namespace wakestream::log::kafka
