// One contract, one suite: every promise of log/event_log.h as a test that each backend must pass.
//
// A backend joins by a test file of its own that links wakestream_event_log_contract and says
//
//     INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract, testing::Values(Backend{...}),
//     backend_name);
//
// The tests know nothing of a backend but what `Backend` tells. Two habits keep them honest on
// both:
//
//   * "Visible" is waited for: after commit has returned, Kafka's readers may see the transaction a
//   moment later.
//   * "Never visible" is not a pause: a sentinel is committed behind what must not be seen, and
//   everything in front of it
//     is read. Order within a partition makes that final.
//
// The verbs below throw when the log answers what the test did not ask for; GoogleTest turns that
// into a failure. What a test is about, it says by EXPECT.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/event_log.h"

namespace wakestream::log::contract {

// One stored log, made empty for one test and gone with it.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  // Another EventLog on the same stored log: what another process would hold.
  virtual std::unique_ptr<EventLog> open() = 0;
};

struct Backend {
  std::string name;  // letters and digits
  // Does opening a writer end a living one of its name (Kafka), or is the second refused
  // (embedded)?
  bool fences_living_writer = false;
  // Does another writer's open transaction keep `latest` from being settled (Kafka: last stable
  // offset)?
  bool open_transaction_unsettles = false;
  // Null means that the backend cannot run here: the test is skipped.
  std::function<std::unique_ptr<LogUnderTest>()> make;
};

// What GoogleTest prints of a parameter.
inline void PrintTo(const Backend& backend,  // NOLINT(readability-identifier-naming)
                    std::ostream* out) {
  *out << backend.name;
}

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) {
  return info.param.name;
}

// The value, or an exception that says what the log answered.
template <class T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error("the log answered: " + result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

using Headers = std::vector<std::pair<std::string, std::string>>;

class EventLogContract : public testing::TestWithParam<Backend> {
 protected:
  static constexpr Milliseconds deadline{15'000};
  static constexpr Milliseconds no_wait{0};

  void SetUp() override;

  bool fences_living_writer() const { return GetParam().fences_living_writer; }

  EventLog& log() { return *log_; }
  // A second EventLog on the same stored log.
  std::unique_ptr<EventLog> open_again() { return stored_->open(); }
  // Forgets every object: what is read afterwards comes from what is stored.
  void reopen();

  // Names that no other test uses, in this run or an earlier one: a broker outlives its tests.
  std::string unique(std::string_view stem) const { return std::string(stem) + suffix_; }
  TopicSpec topic_spec(std::string_view stem, std::int32_t partition_count, Cleanup cleanup) const;
  // Makes a topic of writer `writer_name()` and returns its name.
  std::string make_topic(std::string_view stem, std::int32_t partition_count = 1);
  std::string make_compacted_topic(std::string_view stem);

  std::string writer_name() const { return unique("capture"); }
  WriterOptions writer_options() const;
  std::unique_ptr<Writer> open_writer() { return take(log().open_writer(writer_options())); }

  static Result<void> try_produce(Writer& writer, const std::string& topic, std::string_view key,
                                  std::string_view value, std::int32_t partition = 0);
  static void produce(Writer& writer, const std::string& topic, std::string_view key,
                      std::string_view value, std::int32_t partition = 0);
  static void produce_tombstone(Writer& writer, const std::string& topic, std::string_view key);
  // One transaction with these values, all under key "k" in partition 0.
  static void write(Writer& writer, const std::string& topic,
                    std::initializer_list<std::string_view> values);
  // One transaction with one record.
  static void write_one(Writer& writer, const std::string& topic, std::string_view key,
                        std::string_view value);
  static void commit(Writer& writer) { take(writer.commit({})); }
  // Does the whole of a transaction fail, and is what failed in doubt? Stops at the first error.
  static bool a_transaction_is_refused(Writer& writer, const std::string& topic,
                                       std::string_view value);

  // Reads on until `record_count` records were handed over.
  static std::vector<StoredRecord> read(Reader& reader, std::size_t record_count);
  // Reads a topic from its start until `record_count` records were handed over.
  std::vector<StoredRecord> read_topic(const std::string& topic, std::size_t record_count);
  // Commits a sentinel through `writer` and returns the values of all records in front of it.
  std::vector<std::string> values_before_sentinel(Writer& writer, const std::string& topic);
  std::optional<std::string> latest_value(const std::string& topic, const std::string& key,
                                          Settled settled);
  // Waits until `latest` answers `value`: a commit may become visible a moment after it returned.
  bool latest_becomes(const std::string& topic, const std::string& key, Settled settled,
                      const std::optional<std::string>& value);

 private:
  std::string suffix_;
  std::unique_ptr<LogUnderTest> stored_;
  std::unique_ptr<EventLog> log_;
};

std::vector<std::string> values_of(const std::vector<StoredRecord>& records);

}  // namespace wakestream::log::contract
