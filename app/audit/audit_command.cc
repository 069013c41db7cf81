#include "app/audit/audit_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/audit/disclosure_text.h"
#include "app/audit/receipts_of.h"
#include "app/commands.h"
#include "app/log_failure.h"
#include "app/open_keys.h"
#include "app/open_log.h"
#include "app/output.h"
#include "policy/day.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

namespace {

std::vector<std::string> configured(const Config& config) {
  std::vector<std::string> names;
  names.reserve(config.consumers.size());
  for (const auto& consumer : config.consumers) names.push_back(consumer.name.name);
  return names;
}

int say_key_failure(const Config& config, const keys::Error& error, Logger& logger) {
  auto sentence = error.message;
  if (error.kind == keys::ErrorKind::missing)
    sentence += fmt::format(
        ". Receipts name members by the key {} alone: where nothing was delivered yet there is "
        "none, and nothing to account for",
        deliver::receipt_key_name(config.pipeline));
  logger.error("key_unavailable", sentence);
  return error.kind == keys::ErrorKind::unavailable ? exit_try_again : exit_problem;
}

// False: one was asked for that there never was.
bool say_without_receipts(const Config& config, const audit::Found& found, Logger& logger) {
  const auto names = configured(config);
  bool known = true;
  for (const auto& consumer : found.without_receipts) {
    if (std::find(names.begin(), names.end(), consumer) != names.end()) {
      logger.info("no_receipts", fmt::format("nothing was delivered to {} yet", consumer));
      continue;
    }
    known = false;
    logger.error(
        "no_receipts",
        fmt::format("there are no receipts of a consumer {}, and the configuration has "
                    "{}: name one that it has, or had",
                    consumer, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  return known;
}

// False: something may be missing in the answer that could be told.
bool say_other_keys(const Config& config, const audit::Found& found, Logger& logger) {
  if (found.by_other_keys == 0) return true;
  const auto sentence = fmt::format(
      "{} receipts name members by another key (its id is {}): whether they are about this one "
      "cannot be told",
      found.by_other_keys, fmt::join(found.other_key_ids, ", "));
  const auto& given_up = config.keys.given_up;
  const bool all_given_up =
      std::all_of(found.other_key_ids.begin(), found.other_key_ids.end(), [&](const auto& id) {
        return std::find(given_up.begin(), given_up.end(), id) != given_up.end();
      });
  if (all_given_up) {
    logger.log(Logger::Level::warning, "other_keys", sentence);
  } else {
    logger.error("other_keys",
                 sentence +
                     ". Ask once more with that key in the key store; if it is lost for "
                     "good, name its id in keys.given_up");
  }
  return all_given_up;
}

void print(const std::vector<audit::Disclosure>& disclosures, const AuditOptions& options,
           Output& output) {
  if (options.json) {
    for (const auto& disclosure : disclosures) {
      output.line() += audit::as_json(disclosure);
      output.end_line();
    }
  } else if (disclosures.empty()) {
    output.line() += "nothing was disclosed, and nothing withheld, since then";
    output.end_line();
  } else {
    output.line() += audit::as_table(disclosures);
  }
}

}  // namespace

std::optional<std::int64_t> read_since(std::string_view text) {
  using Milliseconds = std::chrono::milliseconds;
  if (const auto day = policy::parse_day(text))
    return Milliseconds(day->time_since_epoch()).count();
  if (text.size() != 20 || text.back() != 'Z') return std::nullopt;
  const auto whole = fmt::format("{}.000000Z", text.substr(0, 19));
  const auto time = capture::parse_rfc3339(whole);
  // What is no time of a day would be one of the next.
  if (!time || capture::rfc3339(*time) != whole) return std::nullopt;
  return *time / 1'000;
}

int audit_command(const Config& config, const AuditOptions& options, Logger& logger) {
  const auto consumers = options.consumers.empty() ? configured(config) : options.consumers;
  if (consumers.empty()) {
    logger.error("no_consumers",
                 "the configuration has no consumers: name those whose receipts are asked for with "
                 "--consumer");
    return exit_problem;
  }
  const auto since_ms = read_since(options.since);
  if (!since_ms) return exit_usage;
  const auto key = open_key_store(config)->get(deliver::receipt_key_name(config.pipeline),
                                               keys::WhenMissing::fail);
  if (!key) return say_key_failure(config, key.error(), logger);
  auto event_log = open_log(config);
  if (!event_log) return say_log_failure(logger, "receipts_unreadable", event_log.error());
  const auto found =
      audit::receipts_of(**event_log, config.pipeline, consumers, options.account, *key);
  if (!found) return say_log_failure(logger, "receipts_unreadable", found.error());
  Output output;
  print(found->book.since(*since_ms), options, output);
  output.flush();
  const bool known = say_without_receipts(config, *found, logger);
  const bool whole = say_other_keys(config, *found, logger);
  return known && whole ? exit_done : exit_problem;
}

}  // namespace wakestream::app
