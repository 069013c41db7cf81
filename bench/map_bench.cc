// What a row costs between the socket and the log: decode, map and encode, each in nanoseconds,
// from messages in memory.
//
//   wakestream_map_bench --rules bench/rules.sql --messages FILE
//
// FILE holds pgoutput messages as PostgreSQL made them: for each its WAL position (8 bytes,
// little-endian), its length (4) and its bytes. bench/run records them by SQL. Prints one JSON
// object; best of several rounds, since what disturbs a round only ever makes it slower.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cdc/stream/transaction_stream.h"
#include "mapping/mapper.h"
#include "roles/capture/event_recorder.h"

namespace {

using wakestream::capture::EventRecorder;
using wakestream::capture::RecordBatch;
using wakestream::capture::Topics;
using wakestream::mapping::ChangeOrigin;
using wakestream::mapping::Mapper;
using wakestream::mapping::RuleSet;

// As many as capture puts into one log transaction.
constexpr std::size_t batch_records_max = 10'000;

struct Message {
  wakestream::cdc::Lsn lsn;
  std::string_view payload;
};

std::vector<Message> messages_in(const std::string& bytes) {
  std::vector<Message> messages;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t lsn = 0;
    std::uint32_t length = 0;
    if (bytes.size() - at < sizeof(lsn) + sizeof(length))
      throw std::runtime_error("the file ends in a frame");
    std::memcpy(&lsn, bytes.data() + at, sizeof(lsn));
    std::memcpy(&length, bytes.data() + at + sizeof(lsn), sizeof(length));
    at += sizeof(lsn) + sizeof(length);
    if (bytes.size() - at < length) throw std::runtime_error("the file ends in a message");
    messages.push_back({wakestream::cdc::Lsn{lsn}, std::string_view(bytes).substr(at, length)});
    at += length;
  }
  return messages;
}

class CountingSink final : public wakestream::mapping::EventSink {
 public:
  void on_event(const ChangeOrigin&, const wakestream::mapping::Event& event) override {
    ++event_count;
    payload_bytes += event.payload.size();
  }
  void on_quarantined(const ChangeOrigin&,
                      const wakestream::mapping::QuarantinedRow& row) override {
    throw std::runtime_error(fmt::format("a row was quarantined: {}", row.reason));
  }

  std::uint64_t event_count = 0;
  std::uint64_t payload_bytes = 0;
};

// One pass over all messages; `on_row` gets each row change. Returns the number of rows.
template <class OnRow>
std::uint64_t pass(const std::vector<Message>& messages, OnRow&& on_row) {
  wakestream::cdc::TransactionStream stream;
  ChangeOrigin origin;
  origin.epoch = 1;
  std::uint64_t row_count = 0;
  for (const auto& message : messages) {
    const auto item = stream.push(message.lsn, message.payload);
    if (!item) throw std::runtime_error(item.error().message);
    if (const auto* row = std::get_if<wakestream::cdc::RowChange>(&*item)) {
      origin.ordinal = row->ordinal;
      ++row_count;
      on_row(origin, *row);
    } else if (const auto* begin = std::get_if<wakestream::cdc::TransactionBegin>(&*item)) {
      origin.commit_lsn = begin->commit_lsn;
      origin.commit_time_us = begin->commit_time_us;
    }
  }
  return row_count;
}

// Nanoseconds a row of the best round.
template <class Round>
double best_of(int rounds, Round&& round) {
  double best = std::numeric_limits<double>::max();
  for (int number = 0; number < rounds; ++number) {
    const auto begin = std::chrono::steady_clock::now();
    const auto row_count = round();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
    if (row_count == 0) throw std::runtime_error("the file holds no row");
    best = std::min(best, taken.count() / static_cast<double>(row_count));
  }
  return best;
}

void map_row(Mapper& mapper, const ChangeOrigin& origin, const wakestream::cdc::RowChange& row,
             wakestream::mapping::EventSink& sink) {
  if (const auto mapped = mapper.map(origin, row, sink); !mapped)
    throw std::runtime_error(mapped.error().message);
}

int run(const std::string& rules_path, const std::string& messages_path, int rounds) {
  const std::vector<std::string> paths{rules_path};
  const auto rules = RuleSet::load(paths);
  if (!rules) throw std::runtime_error(rules.error().front().message);
  std::ifstream file(messages_path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + messages_path);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto messages = messages_in(bytes);

  const auto decode_ns =
      best_of(rounds, [&] { return pass(messages, [](const auto&, const auto&) {}); });

  CountingSink counted;
  const auto map_ns = best_of(rounds, [&] {
    Mapper mapper(*rules);
    return pass(messages, [&](const auto& origin, const auto& row) {
      map_row(mapper, origin, row, counted);
    });
  });

  const Topics topics("bench");
  RecordBatch batch;
  EventRecorder recorder({.pipeline = "bench", .event_partition_count = 4}, topics, batch);
  recorder.adopt_registry(rules->event_types(), rules->event_types());
  const auto encode_ns = best_of(rounds, [&] {
    Mapper mapper(*rules);
    return pass(messages, [&](const auto& origin, const auto& row) {
      map_row(mapper, origin, row, recorder);
      if (batch.size() >= batch_records_max) batch.clear();
    });
  });

  fmt::print(
      "{{\"decode\": {:.0f}, \"decode+map\": {:.0f}, \"decode+map+encode\": {:.0f}, \"events\": "
      "{}}}\n",
      decode_ns, map_ns, encode_ns, counted.event_count / static_cast<std::uint64_t>(rounds));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What a row costs without any I/O");
  std::string rules_path;
  std::string messages_path;
  int rounds = 5;
  app.add_option("--rules", rules_path, "a file of rules")->required();
  app.add_option("--messages", messages_path, "recorded messages")->required();
  app.add_option("--rounds", rounds, "passes over all messages")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(rules_path, messages_path, rounds);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "wakestream_map_bench: {}\n", failed.what());
    return 1;
  }
}
