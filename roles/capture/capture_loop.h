// Runs the capture machine against a real PostgreSQL and a real event log.
//
// One thread (the caller's) owns the replication session, decodes, maps and decides; a second one
// (log_worker.h) writes. Nothing is decided here: this is the thin loop that carries actions out
// and feeds answers back.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cdc/session/replication_session.h"
#include "context/account_store.h"
#include "keys/key_store.h"
#include "log/event_log.h"
#include "mapping/context_rule.h"
#include "mapping/rule_set.h"
#include "roles/capture/action.h"
#include "roles/capture/bulk_marks.h"
#include "roles/capture/capture_facts.h"
#include "roles/capture/settings.h"

namespace wakestream::capture {

struct CaptureOptions {
  Settings settings;
  cdc::SessionOptions session;
  std::string publication;
  BulkSettings bulk;
  // A row change beyond this is quarantined as its place, without its values.
  std::size_t row_bytes_max = 1U << 20U;
  // The account context, and where this machine keeps it; nothing: none is kept.
  std::optional<mapping::ContextRule> context_rule;
  context::StoreOptions context_store;
  // Of the key for pseudonyms of deleted accounts; there is one where there is a context.
  std::shared_ptr<keys::KeyStore> key_store;
  std::vector<std::string> given_up_keys;    // by their ids: records made with them count no more
  std::size_t record_bytes_max = 1'000'000;  // what the log can hold as one record
  std::int32_t event_partition_count = 1;    // of an events topic that is yet to be made
  bool may_create_topics = true;

  // Reads the rule files anew, for a command that asks for it. Called by another thread.
  std::function<tl::expected<mapping::RuleSet, std::string>()> load_rules;
  // An eventfd: when it becomes readable the rules are loaded anew. -1: no signal does that.
  int reload_fd = -1;

  std::function<void(const action::Say&)> say;
  // Gets the facts a few times a second, on the loop's thread: it must not wait.
  std::function<void(const CaptureFacts&)> watch;
  // Readable (and left so) when the role is to end in good order.
  int stop_fd = -1;
  // Ends the process at once. Called when the role has given everything back but for an operation
  // of the log that nobody answers: its thread cannot be joined in time.
  std::function<void()> leave = [] { std::abort(); };
};

// Runs until stopped or refused. Returns the exit code: 0 as asked, 1 refused (the reason has been
// said).
int run_capture(log::EventLog& event_log, std::shared_ptr<const mapping::RuleSet> rules,
                CaptureOptions options);

}  // namespace wakestream::capture
