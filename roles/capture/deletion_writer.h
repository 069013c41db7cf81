// What stays of accounts that are deleted: a record of the deletions topic for each
// (context/deletion_record.h), under a pseudonym that the key store's key makes of the account's
// id.
//
// A key is made when the pipeline has no such record yet. From the first one on it must be the key
// that they were made with: which that is stands in them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keys/key_store.h"
#include "log/event_log.h"
#include "mapping/event.h"
#include "roles/capture/input.h"
#include "roles/capture/record_batch.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

// Of the pseudonyms of one pipeline.
std::string pseudonym_key_name(const std::string& pipeline);

// The id of the key that the topic's records were made with, but for those of `given_up`; empty
// when there are none. ErrorKind::corrupt when one cannot be read.
log::Result<std::string> key_of_deletions(log::EventLog& event_log, const std::string& topic,
                                          const std::vector<std::string>& given_up,
                                          log::Milliseconds deadline);

class DeletionWriter {
 public:
  struct Options {
    std::string pipeline;
    std::shared_ptr<keys::KeyStore> store;
    std::vector<std::string> given_up_keys;  // ids; their records count no more
  };

  // `topics` and `batch` outlive it.
  DeletionWriter(Options options, const Topics& topics, RecordBatch& batch);

  // The log's thread, while no rows are mapped. Nothing when the key is there; else why it is not.
  std::optional<Input> get_key(log::EventLog& event_log, log::Milliseconds deadline);

  // The loop's thread, once the key is there.
  void add(const mapping::ChangeOrigin& origin, std::string_view account_id,
           const std::optional<std::string>& jurisdiction);

 private:
  Options options_;
  const Topics& topics_;
  RecordBatch& batch_;
  std::optional<keys::Key> key_;
  bool records_exist_ = false;  // that were made with it
};

}  // namespace wakestream::capture
