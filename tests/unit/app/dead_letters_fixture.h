// A pipeline's embedded log with lanes and letters of one consumer in it, written as deliveries
// write them; and what the commands print of it.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/logging.h"
#include "log/embedded/embedded_log.h"
#include "roles/capture/record_batch.h"
#include "roles/deliver/command.h"
#include "roles/deliver/lane_record.h"
#include "roles/deliver/letter.h"
#include "roles/deliver/topics.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::app {

constexpr std::int64_t noon_ms = 1'782'907'200'000;  // 2026-07-01T12:00:00Z
constexpr std::int64_t minute_ms = 60'000;

class DeadLettersTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.path = "wakestream.yaml";
    config_.pipeline = "demo";
    config_.log = EmbeddedLogConfig{.path = folder_.path() + "/log", .event_partitions = 2};
    for (const auto* name : {"esp", "crm"}) {
      ConsumerConfig consumer;
      consumer.name.name = name;
      config_.consumers.push_back(std::move(consumer));
    }
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
  }

  // As a consumer's first start does.
  void begin_deliveries() {
    ASSERT_TRUE(log_->ensure_topics(topics_.specs(2), true, log::Milliseconds{1'000}));
    log::WriterOptions options;
    options.name = topics_.writer;
    writer_ = std::move(*log_->open_writer(options));
  }

  static std::int32_t partition_of(const std::string& account) {
    return static_cast<std::int32_t>(account.size() % 2);
  }
  static std::string id(std::int64_t offset) { return fmt::format("event-{}", offset); }

  deliver::Letter letter(const std::string& account, std::int64_t offset,
                         const std::string& type = "customer.email_changed") const {
    deliver::Letter letter;
    letter.event.partition = partition_of(account);
    letter.event.offset = offset;
    letter.event.key = account;
    letter.event.value = fmt::format(
        R"({{"account_id":"{}","email":"jo@canary.example","note":"canary"}})", account);
    letter.event.headers = {{"ce_id", id(offset)},
                            {"ce_type", type},
                            {"ce_subject", account},
                            {"ce_source", "wakestream/demo"},
                            {"x-unknown", "canary"}};
    letter.since_ms = noon_ms;
    return letter;
  }
  void put(const deliver::Letter& letter) {
    batch_.add(topics_.dead_letters, letter.event.partition, noon_ms,
               deliver::letter_key(letter.account(), letter.event.offset),
               deliver::letter_headers(letter), letter.event.value);
  }
  void settle(const std::string& account, std::int64_t offset) {
    batch_.add_tombstone(topics_.dead_letters, partition_of(account), noon_ms,
                         deliver::letter_key(account, offset));
  }
  void put(const std::string& account, const deliver::LaneState& lane) {
    batch_.add(topics_.lanes, partition_of(account), noon_ms, account, {},
               deliver::encode_lane(lane));
  }
  // Of a lane whose letter of this offset failed once.
  static deliver::LaneState failing(std::int64_t offset, const std::string& error, int status,
                                    std::int64_t since_ms = noon_ms) {
    deliver::LaneState lane;
    lane.attempts = 1;
    lane.due_ms = lane.since_ms = since_ms;
    lane.front = id(offset);
    lane.error = error;
    lane.status = status;
    return lane;
  }
  // A lane that is parked at its letter of this offset, with `behind` more letters.
  void park(const std::string& account, std::int64_t offset, const std::string& error, int status,
            std::int64_t since_ms = noon_ms, int behind = 0) {
    auto lane = failing(offset, error, status, since_ms);
    lane.parked = true;
    put(account, lane);
    for (int at = 0; at <= behind; ++at) put(letter(account, offset + at));
  }
  void put(const deliver::ConsumerState& state) {
    batch_.add(topics_.lanes, 0, noon_ms, deliver::consumer_state_key, {},
               deliver::encode_state(state));
  }
  void put(const deliver::Decision& decision) {
    batch_.add(topics_.decisions, 0, noon_ms, decision.id, {}, deliver::encode_decision(decision));
  }
  void commit(const log::ConsumedOffsets& consumed = {}) {
    ASSERT_TRUE(writer_->begin());
    for (std::size_t index = 0; index < batch_.size(); ++index)
      ASSERT_TRUE(writer_->produce(batch_.at(index)));
    ASSERT_TRUE(writer_->commit(consumed));
    batch_.clear();
  }

  // What a command prints, when it ends as it should.
  template <class Command, class Options>
  std::string printed(Command command, const Options& options, int exit_code = 0) {
    testing::internal::CaptureStdout();
    const auto code = command(config_, options, logger_);
    auto text = testing::internal::GetCapturedStdout();
    EXPECT_EQ(code, exit_code) << text;
    return text;
  }

  log::contract::TemporaryFolder folder_;
  Config config_;
  Logger logger_{LogFormat::json};
  deliver::Topics topics_{"demo", "esp"};
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  capture::RecordBatch batch_;
};

}  // namespace wakestream::app
