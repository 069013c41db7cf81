// The account context as an instance of the program keeps it: the real layers, above a store that
// reads the log's topic. A row whose account is not known waits, and in this small world everything
// of its transaction waits behind it.
#include <optional>
#include <utility>

#include "tests/simulation/instance.h"

namespace wakestream::simulation {

namespace input = capture::input;

tl::expected<const context::AccountRecord*, std::string> Instance::Store::find(
    std::string_view account_id) {
  const auto found = accounts.find(std::string(account_id));
  return found == accounts.end() ? nullptr : &found->second;
}

tl::expected<void, std::string> Instance::Store::apply(const context::AccountLayer& layer) {
  if (layer.every_account_gone) accounts.clear();
  for (const auto& [account_id, record] : layer.accounts) {
    accounts.erase(account_id);
    if (record) accounts.emplace(account_id, *record);
  }
  return {};
}

namespace {

context::AccountRecord record_of(int known) {
  context::AccountRecord record;
  record.context.at(mapping::ContextColumn::banner) = std::to_string(known);
  return record;
}

}  // namespace

// As of the row. (Rows behind a DELETE in its transaction still find its account in the program:
// tests/unit/context/account_layers_test.cc. Here nobody knows it any more.)
int Instance::context_of(int account) {
  const auto* found = layers_.record(std::to_string(account));
  return found == nullptr ? 0 : std::stoi(*found->context.at(mapping::ContextColumn::banner));
}

// `at` says where.
void Instance::delete_account(const EventRecord& at, int account) {
  auto record = at;
  record.of_deletion = true;
  record.key = account;
  auto on_record = std::optional(record);
  if (mutation_ == Mutation::put_deletion_on_record_late) on_record.swap(late_deletion_);
  if (on_record) open_.push_back(*on_record);
  if (!layers_.remove(std::to_string(account))) return;
  record.of_deletion = false;
  record.of_context = true;
  open_.push_back(record);
}

// `at` says where.
void Instance::put_context(const EventRecord& at, int account, int version,
                           std::vector<EventRecord>& buffer) {
  const int known = context_of_version(account, version);
  if (known == 0 || !layers_.put(std::to_string(account), record_of(known))) return;
  auto record = at;
  record.of_context = true;
  record.key = account;
  record.context = known;
  buffer.push_back(record);
}

void Instance::empty_context(const EventRecord& at) {
  layers_.remove_every();
  auto record = at;
  record.of_context = true;
  record.key = -1;
  sealed_.push_back(record);
}

void Instance::catch_up_with_context() {
  if (mutation_ == Mutation::skip_context_catch_up) return;
  const auto& topic = world_.log.context;
  for (; store_.position < topic.size(); ++store_.position) {
    const auto& record = topic[store_.position];
    if (record.key < 0) {
      store_.accounts.clear();
    } else if (record.context == 0) {
      store_.accounts.erase(std::to_string(record.key));
    } else {
      store_.accounts.insert_or_assign(std::to_string(record.key), record_of(record.context));
    }
  }
}

void Instance::map_row() {
  const auto rules =
      mutation_ == Mutation::change_rules_inside_transaction && command_given_ && command_.rules
          ? command_rules_
          : rules_;
  const auto& transaction = connected_->wal[at_transaction_];
  const auto before = open_.size() + waiting_.size();
  EventRecord record;
  record.timeline = connected_->wal_timelines[at_transaction_];
  record.commit_lsn = transaction.commit_lsn;
  record.ordinal = current_row_.ordinal;
  record.rules = rules;
  if (world_.has_context && current_row_.gives_context()) {
    if (deletes_account(current_row_.version)) {
      delete_account(record, current_row_.key);
    } else {
      put_context(record, current_row_.key, current_row_.version, open_);
    }
  }
  for (; record.index < current_row_.record_count; ++record.index) {
    const bool joins = world_.has_context && record.index == joining_index;
    if (joins && !joins_) continue;
    if (joins) record.context = context_of(account_of(transaction.commit_lsn, record.ordinal));
    const bool waits = (joins && record.context == 0) || !waiting_.empty();
    (waits ? waiting_ : open_).push_back(record);
  }
  const auto count = static_cast<std::uint64_t>(open_.size() + waiting_.size() - before);
  const bool waits = !waiting_.empty() && mutation_ != Mutation::forget_waiting_rows;
  feed(input::RowMapped{count, count * 100, waits});
}

void Instance::settle_waiting() {
  for (auto& record : waiting_) {
    if (record.index == joining_index && record.context == 0)
      record.context = context_of(account_of(record.commit_lsn, record.ordinal));
    open_.push_back(record);
  }
  waiting_.clear();
  feed(input::WaitingSettled{open_.size(), open_.size() * 100});
}

void Instance::seal_open() {
  sealed_.insert(sealed_.end(), open_.begin(), open_.end());
  open_.clear();
  layers_.seal();
}

void Instance::drop_buffers() {
  drop_chunk();
  ++fill_number_;
  open_.clear();
  sealed_.clear();
  in_flight_.clear();
  waiting_.clear();
  if (mutation_ != Mutation::keep_dropped_context) layers_.drop();
}

}  // namespace wakestream::simulation
