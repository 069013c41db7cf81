// What finding an account's context costs, and what its store takes up, at ten million accounts.
//
//   wakestream_context_bench --folder DIR [--accounts N] [--memory-mib N] [--lookups N]
//
// Fills a store as it is filled from the log's topic (accounts in no order), then looks accounts up
// that nothing is known of in memory, and the same few thousand again. Prints one JSON object.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "context/account_store.h"

namespace {

using namespace wakestream::context;  // NOLINT: one bench of one folder
using Clock = std::chrono::steady_clock;

struct Options {
  std::string folder;
  std::uint64_t accounts = 10'000'000;
  std::size_t memory_mib = 64;
  std::size_t lookups = 20'000;
};

// A number for a number, in no order: splitmix64.
std::uint64_t scattered(std::uint64_t number) {
  auto mixed = number + 0x9E3779B97F4A7C15ULL * (number + 1);
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31U);
}

std::string account_id(std::uint64_t number) {
  const auto high = scattered(number);
  const auto low = scattered(~number);
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                     high & 0xFFFU, 0x8000U | ((low >> 48U) & 0x3FFFU), low & 0xFFFFFFFFFFFFU);
}

AccountRecord record_of(std::uint64_t number) {
  AccountRecord record;
  record.as_of = wakestream::cdc::Lsn{0x1000 + number};
  record.context.values = {number % 3 == 0 ? "banner-a" : "banner-b", account_id(number / 2 + 1),
                           "EU", R"({"email": true, "sms": false, "profiling": true})"};
  return record;
}

// Of this process, in MiB: what it holds now, and at most held.
double status_mib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stod(line.substr(name.size() + 1)) / 1024;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

template <class T>
T checked(tl::expected<T, std::string> result) {
  if (!result) throw std::runtime_error(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Times {
  double mean_us = 0;
  double p50_us = 0;
  double p99_us = 0;
};

Times look_up(AccountStore& store, const std::vector<std::string>& ids) {
  std::vector<double> taken;
  taken.reserve(ids.size());
  double sum = 0;
  for (const auto& id : ids) {
    const auto begin = Clock::now();
    const auto* found = checked(store.find(id));
    const std::chrono::duration<double, std::micro> us = Clock::now() - begin;
    if (found == nullptr) throw std::runtime_error("an account that was written is not there");
    taken.push_back(us.count());
    sum += us.count();
  }
  std::sort(taken.begin(), taken.end());
  return {sum / static_cast<double>(taken.size()), taken[taken.size() / 2],
          taken[taken.size() * 99 / 100]};
}

void fill(AccountStore& store, std::uint64_t accounts) {
  constexpr std::uint64_t batch_size = 2'000;
  std::vector<AccountUpdate> batch;
  for (std::uint64_t number = 0; number < accounts; ++number) {
    batch.push_back({0, account_id(number), record_of(number)});
    if (batch.size() < batch_size && number + 1 < accounts) continue;
    const std::vector<std::int64_t> positions{static_cast<std::int64_t>(number) + 1};
    checked(store.take(batch, positions));
    batch.clear();
  }
  checked(store.filled());
}

std::string shown(const Times& times) {
  return fmt::format(R"({{"mean": {:.2f}, "p50": {:.2f}, "p99": {:.2f}}})", times.mean_us,
                     times.p50_us, times.p99_us);
}

int run(const Options& options) {
  const StoreOptions store_options{options.folder + "/accounts", options.memory_mib << 20U};
  const auto begin = Clock::now();
  auto store = checked(AccountStore::open(store_options, "bench", 1));
  fill(*store, options.accounts);
  const std::chrono::duration<double> filled = Clock::now() - begin;
  const auto rss_filled = status_mib("VmHWM:");

  // Closed and opened: nothing of it is in the process's memory.
  store.reset();
  const auto open_begin = Clock::now();
  store = checked(AccountStore::open(store_options, "bench", 1));
  const std::chrono::duration<double, std::milli> opened = Clock::now() - open_begin;
  std::vector<std::string> scattered_ids;
  for (std::size_t at = 0; at < options.lookups; ++at)
    scattered_ids.push_back(account_id(scattered(at) % options.accounts));
  const auto uncached = look_up(*store, scattered_ids);
  std::vector<std::string> few(
      scattered_ids.end() -
          static_cast<std::ptrdiff_t>(std::min<std::size_t>(5'000, scattered_ids.size())),
      scattered_ids.end());
  look_up(*store, few);
  const auto cached = look_up(*store, few);
  for (std::uint64_t at = 0; at < 1'000'000; ++at)
    checked(store->find(account_id(scattered(at + options.lookups) % options.accounts)));
  fmt::print(
      "{{\"accounts\": {}, \"memory_mib\": {}, \"fill_s\": {:.1f}, \"open_ms\": {:.1f}, "
      "\"uncached_us\": {}, \"cached_us\": {}, \"rss_mib\": {:.0f}, \"rss_max_mib\": {:.0f}, "
      "\"rss_max_filling_mib\": {:.0f}, \"file_mib\": {:.0f}}}\n",
      options.accounts, options.memory_mib, filled.count(), opened.count(), shown(uncached),
      shown(cached), status_mib("VmRSS:"), status_mib("VmHWM:"), rss_filled,
      static_cast<double>(std::filesystem::file_size(store_options.file)) / (1U << 20U));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What the account context costs");
  Options options;
  app.add_option("--folder", options.folder, "where the store is made")->required();
  app.add_option("--accounts", options.accounts, "how many")->check(CLI::PositiveNumber);
  app.add_option("--memory-mib", options.memory_mib, "as context.memory")
      ->check(CLI::PositiveNumber);
  app.add_option("--lookups", options.lookups, "of each kind")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& failed) {
    fmt::print(stderr, "wakestream_context_bench: {}\n", failed.what());
    return 1;
  }
}
