// What it costs to keep what waits for a consumer, at a million letters of ten thousand accounts:
// putting them, asking for a lane, and reading all of it back from an embedded log.
//
//   wakestream_lane_store_bench [--folder DIR] [--letters N] [--lanes N] [--memory-mib N]
//
// Prints a JSON object, and with a folder for a log a second one: times of the clock, and of them
// what the processor was used for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>

#include "log/embedded/embedded_log.h"
#include "roles/deliver/lane_record.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/store_rebuild.h"

namespace {

using namespace wakestream::deliver;  // NOLINT: one bench of one folder
namespace ws_log = wakestream::log;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string folder;
  std::int64_t letters = 1'000'000;
  std::int64_t lanes = 10'000;
  std::size_t memory_mib = 16;
};

struct Times {
  double wall_s = 0;
  double cpu_s = 0;
};

// From where it is made.
class Watch {
 public:
  Times taken() const {
    return {std::chrono::duration<double>(Clock::now() - begin_).count(),
            static_cast<double>(std::clock() - cpu_begin_) / CLOCKS_PER_SEC};
  }

 private:
  Clock::time_point begin_ = Clock::now();
  std::clock_t cpu_begin_ = std::clock();
};

std::string shown(const Times& times) {
  return fmt::format(R"({{"wall": {:.2f}, "cpu": {:.2f}}})", times.wall_s, times.cpu_s);
}

double status_mib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stod(line.substr(name.size() + 1)) / 1024;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

template <class Result>
auto checked(Result result) {
  if constexpr (std::is_same_v<typename Result::error_type, std::string>) {
    if (!result) throw std::runtime_error(result.error());
  } else {
    if (!result) throw std::runtime_error(result.error().message);
  }
  if constexpr (!std::is_void_v<typename Result::value_type>) return std::move(*result);
}

std::string account_id(std::int64_t number) {
  return fmt::format("{:08x}-0b5e-4d5f-9b1a-{:012x}", (number * 2'654'435'761) & 0xFFFFFFFF,
                     number);
}

// An event as the reference rules make it: ten headers, a payload of some 300 bytes.
Letter letter_of(std::int64_t number, const Options& options) {
  Letter letter;
  letter.event.offset = number;
  letter.event.timestamp_ms = 1'790'000'000'000 + number;
  letter.event.key = account_id((number * 7'919) % options.lanes);
  const auto id = fmt::format("00000001-{:016x}-0-{:012x}-0001", number * 64, 1);
  letter.event.headers = {{"ce_specversion", "1.0"},
                          {"ce_id", id},
                          {"ce_source", "/wakestream/customer_graph"},
                          {"ce_type", "customer.email_changed"},
                          {"ce_subject", letter.event.key},
                          {"ce_time", "2026-11-28T19:34:01.123456Z"},
                          {"ce_dataschema", "sha256:0123456789abcdef0123456789abcdef"},
                          {"content-type", "application/json"},
                          {"ce_sequence", id},
                          {"ce_lsn", fmt::format("0/{:X}", number * 64)}};
  letter.event.value =
      fmt::format(R"({{"account_id":"{}","version":{},"banner":"banner-a","jurisdiction":"US-CA",)"
                  R"("consent":{{"email":true,"sms":false,"profiling":true}},)"
                  R"("previous_email":"member{}@example.com","email":"m{}@example.org"}})",
                  letter.event.key, number, number, number);
  letter.since_ms = letter.event.timestamp_ms;
  return letter;
}

LaneState lane_of(std::int64_t number) {
  return {.parked = true,
          .attempts = 10,
          .due_ms = 1'790'000'000'000 + number,
          .since_ms = 1'790'000'000'000,
          .front = fmt::format("00000001-{:016x}-0-{:012x}-0001", number * 64, 1),
          .sequence = "",
          .error = "the receiver answered 503",
          .status = 503};
}

std::unique_ptr<LaneStoreFile> store_of(const Options& options) {
  return checked(LaneStoreFile::make(options.memory_mib << 20U));
}

void check(LaneStoreFile& store) {
  if (const auto failure = store.take_failure(); !failure.empty())
    throw std::runtime_error(failure);
}

void write_log(ws_log::EventLog& event_log, const Topics& topics, const Options& options) {
  checked(event_log.ensure_topics(topics.specs(1), true, ws_log::Milliseconds{10'000}));
  ws_log::WriterOptions writer_options;
  writer_options.name = topics.writer;
  auto writer = checked(event_log.open_writer(writer_options));
  checked(writer->begin());
  for (std::int64_t number = 0; number < options.lanes; ++number)
    checked(writer->produce({.topic = topics.lanes,
                             .key = account_id(number),
                             .value = encode_lane(lane_of(number)),
                             .headers = {}}));
  for (std::int64_t number = 0; number < options.letters; ++number) {
    const auto letter = letter_of(number, options);
    const auto key = letter_key(letter.account(), letter.event.offset);
    const auto headers = letter_headers(letter);
    ws_log::Record record{};
    record.topic = topics.dead_letters;
    record.key = key;
    record.value = letter.event.value;
    record.headers = headers;
    checked(writer->produce(record));
    if (number % 10'000 != 9'999) continue;
    checked(writer->commit({}));
    checked(writer->begin());
  }
  checked(writer->commit({}));
}

double mib(std::uint64_t count) { return static_cast<double>(count) / (1U << 20U); }

void put_and_ask(const Options& options) {
  auto store = store_of(options);
  const Watch putting;
  for (std::int64_t number = 0; number < options.lanes; ++number)
    store->put_lane(account_id(number), lane_of(number));
  for (std::int64_t number = 0; number < options.letters; ++number)
    store->put_letter(letter_of(number, options));
  const auto put = putting.taken();
  check(*store);
  const Watch making;
  std::size_t bytes = 0;
  for (std::int64_t number = 0; number < options.letters; ++number)
    bytes += letter_of(number, options).event.value.size();
  const auto made = making.taken();

  constexpr std::int64_t asked = 200'000;
  const auto each_us = [&](auto ask) {
    const Watch asking;
    for (std::int64_t number = 0; number < asked; ++number) ask((number * 7'919) % options.lanes);
    const auto [wall_s, cpu_s] = asking.taken();
    return shown({wall_s * 1e6 / asked, cpu_s * 1e6 / asked});
  };
  const auto lane_us = each_us([&](std::int64_t number) { store->lane(account_id(number)); });
  const auto no_lane_us =
      each_us([&](std::int64_t number) { store->lane(account_id(number + options.lanes)); });
  const auto front_us = each_us([&](std::int64_t number) { store->front(account_id(number)); });
  const auto file_bytes = store->bytes();
  const auto rss_mib = status_mib("VmRSS:");
  const auto settle_us = each_us([&](std::int64_t number) {
    const auto account = account_id(number);
    if (const auto front = store->front(account))
      store->remove_letter(account, front->event.offset);
  });
  check(*store);
  fmt::print(
      "{{\"letters\": {}, \"lanes\": {}, \"memory_mib\": {}, \"put_s\": {}, \"making_s\": {}, "
      "\"lane_us\": {}, \"no_lane_us\": {}, \"front_us\": {}, \"front_and_remove_us\": {}, "
      "\"file_mib\": {:.0f}, \"values_mib\": {:.0f}, \"rss_mib\": {:.0f}, \"rss_max_mib\": "
      "{:.0f}}}\n",
      options.letters, options.lanes, options.memory_mib, shown(put), shown(made), lane_us,
      no_lane_us, front_us, settle_us, mib(file_bytes), mib(bytes), rss_mib, status_mib("VmHWM:"));
  std::fflush(stdout);
}

void read_back(const Options& options) {
  ws_log::embedded::EmbeddedOptions log_options;
  log_options.path = options.folder;
  auto event_log = checked(ws_log::embedded::open_embedded_log(log_options));
  const Topics topics("bench", "esp");
  write_log(*event_log, topics, options);
  auto store = store_of(options);
  const Watch rebuilding;
  checked(rebuild(*event_log, topics, 1, ws_log::Milliseconds{10'000}, *store));
  const auto rebuilt = rebuilding.taken();
  if (store->sums().letters_waiting != static_cast<std::uint64_t>(options.letters))
    throw std::runtime_error("not all letters came back");
  fmt::print(
      "{{\"letters\": {}, \"rebuild_s\": {}, \"rss_mib\": {:.0f}, \"rss_max_mib\": {:.0f}}}\n",
      options.letters, shown(rebuilt), status_mib("VmRSS:"), status_mib("VmHWM:"));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What it costs to keep what waits");
  Options options;
  app.add_option("--folder", options.folder, "where an embedded log is made, to be read back");
  app.add_option("--letters", options.letters, "how many")->check(CLI::PositiveNumber);
  app.add_option("--lanes", options.lanes, "of how many accounts")->check(CLI::PositiveNumber);
  app.add_option("--memory-mib", options.memory_mib, "page cache")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    put_and_ask(options);
    if (!options.folder.empty()) read_back(options);
    return 0;
  } catch (const std::exception& failed) {
    fmt::print(stderr, "wakestream_lane_store_bench: {}\n", failed.what());
    return 1;
  }
}
