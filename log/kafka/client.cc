#include "log/kafka/client.h"

#include <fmt/format.h>

#include <array>
#include <future>
#include <thread>
#include <utility>

#include "log/kafka/broker_error.h"
#include "log/kafka/scram_weakness.h"

namespace wakestream::log::kafka {

namespace {

constexpr Milliseconds close_wait_max{500};

ClientNotes& notes_of(void* opaque) { return *static_cast<ClientNotes*>(opaque); }

void error_callback(rd_kafka_t* handle, int code, const char* text, void* opaque) {
  char fatal_text[512];
  auto why = static_cast<rd_kafka_resp_err_t>(code);
  // "Fatal" is only an envelope; the reason is inside.
  if (why == RD_KAFKA_RESP_ERR__FATAL) {
    why = rd_kafka_fatal_error(handle, fatal_text, sizeof(fatal_text));
    text = fatal_text;
  }
  notes_of(opaque).on_error(why, text);
}

void delivery_callback(rd_kafka_t*, const rd_kafka_message_t* report, void* opaque) {
  notes_of(opaque).on_delivery(*report);
}

// librdkafka prints to stderr unless told otherwise, and a library of ours never prints.
void log_callback(const rd_kafka_t* handle, int, const char* facility, const char*) {
  // Its first lines come while the handle is being made, before it can be asked for anything.
  if (void* notes = rd_kafka_opaque(handle); notes != nullptr) notes_of(notes).on_log(facility);
}

std::string setting_of(const rd_kafka_conf_t* conf, const char* name) {
  std::array<char, 512> value{};
  std::size_t size = value.size();
  if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) return {};
  return value.data();
}

}  // namespace

void ClientNotes::on_error(rd_kafka_resp_err_t code, const char* text) {
  const std::lock_guard lock(mutex_);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    all_brokers_down_ = true;
    // "1/1 brokers are down" follows the text that says why, and must not replace it.
    if (!last_error_.empty()) return;
  }
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) refused_ = true;
  if (code == RD_KAFKA_RESP_ERR__SSL) untrusted_ = true;
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE)
    disconnected_ = true;
  last_error_ = text;
}

void ClientNotes::on_delivery(const rd_kafka_message_t& report) {
  const std::lock_guard lock(mutex_);
  ++reported_count_;
  if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR || !first_failure_.empty()) return;
  was_too_big_ = kind_of(report.err) == ErrorKind::record_too_big;
  first_failure_ =
      fmt::format("a record for {} partition {} was not delivered: {}",
                  rd_kafka_topic_name(report.rkt), report.partition, rd_kafka_err2str(report.err));
}

std::string ClientNotes::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_.empty() ? "librdkafka gave no reason" : last_error_;
}

bool ClientNotes::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

bool ClientNotes::untrusted() const {
  const std::lock_guard lock(mutex_);
  return untrusted_;
}

bool ClientNotes::disconnected() const {
  const std::lock_guard lock(mutex_);
  return disconnected_;
}

bool ClientNotes::all_brokers_down() const {
  const std::lock_guard lock(mutex_);
  return all_brokers_down_;
}

void ClientNotes::forget_errors() {
  const std::lock_guard lock(mutex_);
  last_error_.clear();
  refused_ = untrusted_ = disconnected_ = false;
  all_brokers_down_ = false;
}

std::uint64_t ClientNotes::reported_count() const {
  const std::lock_guard lock(mutex_);
  return reported_count_;
}

bool ClientNotes::was_too_big() const {
  const std::lock_guard lock(mutex_);
  return was_too_big_;
}

std::string ClientNotes::first_failure() const {
  const std::lock_guard lock(mutex_);
  return first_failure_;
}

// Kept by its facility: what makes a transaction impossible comes to no other callback.
void ClientNotes::on_log(std::string_view facility) {
  if (facility != "TXNERR") return;
  const std::lock_guard lock(mutex_);
  gave_transaction_up_ = true;
}

bool ClientNotes::gave_transaction_up() const {
  const std::lock_guard lock(mutex_);
  return gave_transaction_up_;
}

void ClientNotes::reset_deliveries() {
  const std::lock_guard lock(mutex_);
  gave_transaction_up_ = false;
  reported_count_ = 0;
  first_failure_.clear();
  was_too_big_ = false;
}

bool ClientNotes::on_rebalance(bool is_given, const rd_kafka_topic_partition_list_t& partitions) {
  const std::lock_guard lock(mutex_);
  if (leaves_group_) return false;
  rebalances_.push_back({is_given, PartitionsPtr{rd_kafka_topic_partition_list_copy(&partitions)}});
  return true;
}

std::optional<ClientNotes::Rebalance> ClientNotes::take_rebalance() {
  const std::lock_guard lock(mutex_);
  if (rebalances_.empty()) return std::nullopt;
  auto first = std::move(rebalances_.front());
  rebalances_.pop_front();
  return first;
}

void ClientNotes::leaves_group() {
  const std::lock_guard lock(mutex_);
  leaves_group_ = true;
}

Result<std::unique_ptr<Client>> Client::open(rd_kafka_type_t type, ConfPtr conf,
                                             std::string brokers) {
  auto notes = std::make_shared<ClientNotes>();
  rd_kafka_conf_set_opaque(conf.get(), notes.get());
  rd_kafka_conf_set_error_cb(conf.get(), error_callback);
  rd_kafka_conf_set_log_cb(conf.get(), log_callback);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), delivery_callback);
  auto weakness = scram_weakness(setting_of(conf.get(), "sasl.mechanisms"));
  char why[512] = "";
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), why, sizeof(why));
  if (handle == nullptr) {
    return tl::unexpected(Error{ErrorKind::bad_option, fmt::format("Kafka options: {}", why)});
  }
  std::ignore = conf.release();  // the handle owns it now
  return std::unique_ptr<Client>(
      new Client(handle, std::move(notes), std::move(brokers), std::move(weakness)));
}

Client::Client(rd_kafka_t* handle, std::shared_ptr<ClientNotes> notes, std::string brokers,
               std::string weakness)
    : handle_(handle),
      notes_(std::move(notes)),
      brokers_(std::move(brokers)),
      weakness_(std::move(weakness)) {}

Client::~Client() {
  // The thread holds the notes too: a callback may still find them when we no longer wait.
  std::packaged_task<void()> destroy([handle = handle_, notes = notes_] {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  });
  const auto destroyed = destroy.get_future();
  std::thread thread(std::move(destroy));
  if (destroyed.wait_for(close_wait_max) == std::future_status::ready) {
    thread.join();
  } else {
    thread.detach();
  }
}

Error Client::no_answer(const Deadline& deadline, const std::string& what) const {
  auto sentence = fmt::format("no answer from Kafka at {} within {} ms to: {}; last error: {}",
                              brokers_, deadline.whole().count(), what, notes_->last_error());
  if (!notes_->refused())
    return {notes_->untrusted() ? ErrorKind::untrusted : ErrorKind::unreachable, sentence};
  if (!weakness_.empty()) sentence.append("; ").append(weakness_);
  return {ErrorKind::denied, sentence};
}

Error Client::refusal(rd_kafka_resp_err_t code, const std::string& what) const {
  return {kind_of(code),
          fmt::format("Kafka at {} refused: {}: {}", brokers_, what, rd_kafka_err2str(code))};
}

}  // namespace wakestream::log::kafka
