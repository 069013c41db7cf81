// One librdkafka handle: its threads, its connections, and what its callbacks said.
//
// Callbacks run inside calls of this handle's user (poll, and what polls), never on librdkafka's
// threads, but for the one of its log.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "log/kafka/deadline.h"
#include "log/kafka/rdkafka_ptr.h"

namespace wakestream::log::kafka {

// What librdkafka's callbacks told us. Safe from several threads.
class ClientNotes {
 public:
  void on_error(rd_kafka_resp_err_t code, const char* text);
  void on_delivery(const rd_kafka_message_t& report);
  void on_log(std::string_view facility);

  // The last text of the error callback since forget_errors, for people; never empty.
  std::string last_error() const;
  // Did a broker refuse our credentials? No waiting will help.
  bool refused() const;
  // Was a certificate not accepted, the broker's by us?
  bool untrusted() const;
  // Was a connection lost, or not made, since the last forget_errors? Others may live.
  bool disconnected() const;
  // Has every known broker been lost since the last forget_errors?
  bool all_brokers_down() const;
  void forget_errors();

  // Delivery reports: how many came since reset_deliveries, and what the first failed one said.
  std::uint64_t reported_count() const;
  std::string first_failure() const;  // empty: none failed
  bool was_too_big() const;           // that one, for its topic
  // Did librdkafka give up the transaction since reset_deliveries? It then waits for reports that
  // do not come, and its commit says at once why.
  bool gave_transaction_up() const;
  void reset_deliveries();

  // Of a group consumer: what it is to take on or to give up, in the order in which it was told.
  // Whoever takes it calls rd_kafka_incremental_assign or _unassign with it.
  struct Rebalance {
    bool is_given = false;  // else taken
    PartitionsPtr partitions;
  };
  // False: it is leaving, and nobody will take this any more.
  bool on_rebalance(bool is_given, const rd_kafka_topic_partition_list_t& partitions);
  std::optional<Rebalance> take_rebalance();
  void leaves_group();

 private:
  mutable std::mutex mutex_;
  std::string last_error_;
  bool refused_ = false;
  bool untrusted_ = false;
  bool disconnected_ = false;
  bool all_brokers_down_ = false;
  std::uint64_t reported_count_ = 0;
  std::string first_failure_;
  bool was_too_big_ = false;
  bool gave_transaction_up_ = false;
  std::deque<Rebalance> rebalances_;
  bool leaves_group_ = false;
};

class Client {
 public:
  // Takes the configuration. ErrorKind::bad_option when librdkafka cannot make a client of it
  // (certificate not readable, settings that contradict each other).
  static Result<std::unique_ptr<Client>> open(rd_kafka_type_t type, ConfPtr conf,
                                              std::string brokers);

  // Ends the threads and connections. Returns within half a second: librdkafka joins its threads,
  // and one of them may hang in a name lookup that cannot be cancelled; then the rest happens
  // behind our back.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_t* get() const { return handle_; }
  ClientNotes& notes() const { return *notes_; }
  // Serves callbacks.
  void poll(int timeout_ms) const { rd_kafka_poll(handle_, timeout_ms); }

  // "no answer from Kafka at ...": the error of a deadline that passed while waiting for `what`.
  Error no_answer(const Deadline& deadline, const std::string& what) const;
  // The broker's clear refusal of `what`.
  Error refusal(rd_kafka_resp_err_t code, const std::string& what) const;

 private:
  Client(rd_kafka_t* handle, std::shared_ptr<ClientNotes> notes, std::string brokers,
         std::string weakness);

  rd_kafka_t* handle_;
  std::shared_ptr<ClientNotes> notes_;
  std::string brokers_;
  std::string weakness_;  // of the library, at what the configuration asks for
};

}  // namespace wakestream::log::kafka
