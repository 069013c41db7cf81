// The account context of a running capture: rows of its table into records of the context topic,
// and what is known of each account as of the row that is being mapped.
//
// Without a context (`rule` is nothing) everything here does nothing. The store is opened and read
// to the end of its topic by the log's thread, while no rows are mapped (catch_up); all else is the
// loop's thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context/account_layers.h"
#include "context/account_store.h"
#include "log/event_log.h"
#include "mapping/context_rule.h"
#include "mapping/mapper.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/deletion_writer.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/input.h"
#include "roles/capture/record_batch.h"
#include "roles/capture/topics.h"
#include "roles/capture/waiting_rows.h"

namespace wakestream::capture {

class ContextFeed {
 public:
  struct Options {
    std::string pipeline;
    std::optional<mapping::ContextRule> rule;
    context::StoreOptions store;
    // Of what stays of deleted accounts (deletion_writer.h).
    std::shared_ptr<keys::KeyStore> key_store;
    std::vector<std::string> given_up_keys;
  };

  // `topics`, `batch` (the recorder's) and `recorder` outlive it.
  ContextFeed(Options options, const Topics& topics, RecordBatch& batch, EventRecorder& recorder);
  ~ContextFeed();

  bool is_kept() const { return reader_ != nullptr; }
  const mapping::ContextRule* rule() const { return reader_ ? &reader_->rule() : nullptr; }
  // Where rules that join it find it; null without a context.
  mapping::ContextLookup* lookup() { return is_kept() ? &layers_ : nullptr; }
  // Does it hold every account?
  void set_filled(bool filled) { layers_.set_filled(filled); }
  // Where the stream's rows go.
  mapping::EventSink& sink() { return waiting_; }

  // The log's thread: the store as of the end of the topic, and, where what is read is settled
  // (rows may come then), the key for what stays of deleted accounts. An answer when that fails.
  std::optional<Input> catch_up(log::EventLog& event_log, log::Settled settled,
                                const std::optional<Checkpoint>& checkpoint,
                                log::Milliseconds deadline, const std::function<bool()>& goes_on);

  // A row, before the rules see it. The error is one of the context's rule: it does not fit the
  // table.
  mapping::Result<void> take(const mapping::ChangeOrigin& origin, const cdc::RowChange& row,
                             mapping::Mapper& mapper);
  // No account is known before what comes now.
  void empty_context(cdc::Lsn as_of, std::int64_t time_ms);

  const WaitingRows& waiting() const { return waiting_; }
  void settle(mapping::Mapper& mapper) { waiting_.settle(mapper); }

  // The way of the records: roles/capture/action.h.
  void seal() { layers_.seal(); }
  void send_sealed() { layers_.send_sealed(); }
  void send_open() { layers_.send_open(); }
  void release() { layers_.release(); }
  void drop_open() { layers_.drop_open(); }
  void drop() {
    layers_.drop();
    waiting_.clear();
  }

  // The answer about rows; or, once something went wrong with the store, why there is none, with
  // what to do: what is known of an account may be too old since.
  Input or_failure(Input answer);

 private:
  // The store, once it is open.
  class Base final : public context::AccountBase {
   public:
    tl::expected<const context::AccountRecord*, std::string> find(
        std::string_view account_id) override;
    tl::expected<void, std::string> apply(const context::AccountLayer& layer) override;
    std::unique_ptr<context::AccountStore> store;
  };

  log::Result<void> catch_up_with_topic(log::EventLog& event_log,
                                        const std::optional<Checkpoint>& checkpoint,
                                        log::Milliseconds deadline,
                                        const std::function<bool()>& goes_on);
  void note_deletion(const mapping::ChangeOrigin& origin, std::string_view account_id);
  void write(std::string_view account_id, std::string_view value, bool tombstone,
             std::int64_t time_ms);

  Options options_;
  const Topics& topics_;
  RecordBatch& batch_;
  EventRecorder& recorder_;
  DeletionWriter deletions_;
  std::unique_ptr<mapping::ContextReader> reader_;
  Base base_;
  std::string store_identity_;
  context::AccountLayers layers_{base_};
  WaitingRows waiting_;
  std::int32_t partition_count_ = 1;
  std::string failure_;
};

}  // namespace wakestream::capture
