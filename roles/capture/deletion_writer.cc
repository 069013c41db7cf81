#include "roles/capture/deletion_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "context/deletion_record.h"
#include "log/for_each_record.h"

namespace wakestream::capture {

namespace {

Input refused(std::string reason) { return input::KeyFailed{std::move(reason), false}; }

Input failed(const keys::Error& error, const std::string& wanted) {
  if (error.kind == keys::ErrorKind::unavailable) return input::KeyFailed{error.message, true};
  if (error.kind == keys::ErrorKind::unusable) return refused(error.message);
  return refused(
      fmt::format("{}. The records of deleted accounts were made with the key {}; if it is lost "
                  "for good, see keys.given_up",
                  error.message, wanted));
}

}  // namespace

std::string pseudonym_key_name(const std::string& pipeline) { return pipeline + ".pseudonym"; }

log::Result<std::string> key_of_deletions(log::EventLog& event_log, const std::string& topic,
                                          const std::vector<std::string>& given_up,
                                          log::Milliseconds deadline) {
  std::string id;
  std::string problem;
  const auto read =
      log::for_each_record(event_log, topic, deadline, [&](const log::StoredRecord& record) {
        auto deletion = context::decode_deletion(record.value);
        if (!deletion) {
          problem = std::move(deletion.error());
          return false;
        }
        if (std::find(given_up.begin(), given_up.end(), deletion->key_id) != given_up.end())
          return true;
        id = std::move(deletion->key_id);
        return false;
      });
  if (!read) return tl::unexpected(read.error());
  if (!problem.empty())
    return tl::unexpected(
        log::Error{log::ErrorKind::corrupt, fmt::format("topic {}: {}", topic, problem)});
  return id;
}

DeletionWriter::DeletionWriter(Options options, const Topics& topics, RecordBatch& batch)
    : options_(std::move(options)), topics_(topics), batch_(batch) {}

std::optional<Input> DeletionWriter::get_key(log::EventLog& event_log, log::Milliseconds deadline) {
  if (key_ && records_exist_) return std::nullopt;
  const auto wanted =
      key_of_deletions(event_log, topics_.deletions, options_.given_up_keys, deadline);
  if (!wanted) return input::LogFailed{wanted.error()};
  records_exist_ = !wanted->empty();
  auto key =
      options_.store->get(pseudonym_key_name(options_.pipeline),
                          records_exist_ ? keys::WhenMissing::fail : keys::WhenMissing::make);
  if (!key) return failed(key.error(), *wanted);
  if (records_exist_ && key->id() != *wanted)
    return refused(
        fmt::format("the key {} of the key store is another one than that which the records of "
                    "deleted accounts were made with: its id is {}, and theirs {}. Put theirs "
                    "back, or copy it from the machine that wrote them; if it is lost for good, "
                    "see keys.given_up",
                    pseudonym_key_name(options_.pipeline), key->id(), *wanted));
  const auto& given_up = options_.given_up_keys;
  if (std::find(given_up.begin(), given_up.end(), key->id()) != given_up.end())
    return refused(
        fmt::format("keys.given_up names the key that the key store has ({}): take it "
                    "out there, or let the store have another one",
                    key->id()));
  key_ = std::move(*key);
  return std::nullopt;
}

void DeletionWriter::add(const mapping::ChangeOrigin& origin, std::string_view account_id,
                         const std::optional<std::string>& jurisdiction) {
  const context::DeletionRecord record{key_->pseudonym(account_id), origin.epoch, origin.commit_lsn,
                                       jurisdiction, key_->id()};
  batch_.add(topics_.deletions, 0, origin.commit_time_us / 1000, record.pseudonym, {},
             context::encode_deletion(record));
}

}  // namespace wakestream::capture
