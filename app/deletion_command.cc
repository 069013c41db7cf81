#include "app/deletion_command.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/log_failure.h"
#include "app/open_keys.h"
#include "app/open_log.h"
#include "app/output.h"
#include "context/deletion_record.h"
#include "roles/capture/deletion_writer.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};

void print(const context::DeletionRecord& record, Output& output) {
  output.line() += fmt::format(
      "deleted at {} of epoch {}, jurisdiction {}: no event of it at or below that place goes out "
      "any more\n"
      "its record is {}, by the key {}",
      cdc::to_string(record.lsn), record.epoch, record.jurisdiction.value_or("not known"),
      record.pseudonym, record.key_id);
}

int unreadable(Logger& logger, const log::Error& error) {
  return say_log_failure(logger, "deletions_unreadable", error);
}

}  // namespace

int deletion_command(const Config& config, const DeletionOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return unreadable(logger, event_log.error());
  const auto topic = capture::Topics(config.pipeline).deletions;
  const auto wanted = capture::key_of_deletions(**event_log, topic, config.keys.given_up, deadline);
  if (!wanted) return unreadable(logger, wanted.error());
  Output output;
  std::optional<log::StoredRecord> found;
  if (!wanted->empty()) {
    const auto key = pseudonym_key(config, *wanted);
    if (!key) {
      logger.error("key_unavailable", key.error().message);
      return key.error().kind == keys::ErrorKind::unavailable ? exit_try_again : exit_problem;
    }
    auto latest =
        (*event_log)
            ->latest(topic, key->pseudonym(options.account), log::Settled::as_it_is, deadline);
    if (!latest) return unreadable(logger, latest.error());
    found = std::move(*latest);
  }
  if (!found) {
    output.line() += options.json ? "null" : "there is no record that it was deleted";
    if (!options.json && !config.keys.given_up.empty())
      output.line() += "; records that were made with keys.given_up say of nobody";
  } else if (options.json) {
    output.line() += found->value;
  } else {
    const auto record = context::decode_deletion(found->value);
    if (!record) return unreadable(logger, {log::ErrorKind::corrupt, record.error()});
    print(*record, output);
  }
  output.end_line();
  return exit_done;
}

}  // namespace wakestream::app
