// The context of accounts as of the change that is being mapped: what the log has, and above it
// what is on its way there.
//
// Three layers stand on a base, and they go the way of the records that say the same
// (roles/capture/action.h): `open` holds the changes of the transaction that is being read,
// `sealed` those of whole transactions, `in flight` what the log's writer was given. The base holds
// what is committed, and gets a layer only once its commit is known. So what a crash takes away is
// exactly what the log does not have.
//
// Pure but for the base. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <tl/expected.hpp>

#include "context/account_record.h"
#include "mapping/account_context.h"

namespace wakestream::context {

// Of each account the newest; nothing: it is gone.
struct AccountLayer {
  bool every_account_gone = false;  // before these
  std::unordered_map<std::string, std::optional<AccountRecord>> accounts;

  bool empty() const { return !every_account_gone && accounts.empty(); }
};

class AccountBase {
 public:
  virtual ~AccountBase() = default;
  // Null when there is no such account. Valid until the next call. The error is a sentence.
  virtual tl::expected<const AccountRecord*, std::string> find(std::string_view account_id) = 0;
  virtual tl::expected<void, std::string> apply(const AccountLayer& layer) = 0;
};

class AccountLayers final : public mapping::ContextLookup {
 public:
  // `base` outlives it.
  explicit AccountLayers(AccountBase& base) : base_(base) {}

  // Null when there is no such account, and when the base failed. Valid until anything changes.
  const AccountRecord* record(std::string_view account_id);
  const mapping::AccountContext* find(std::string_view account_id) override;

  // Into `open`. False when that is what is known already, so that nothing need be written.
  bool put(std::string_view account_id, AccountRecord record);
  bool remove(std::string_view account_id);
  void remove_every();

  void seal();         // `open` goes into `sealed`
  void send_sealed();  // `sealed` becomes `in flight`
  void send_open();    // `open` becomes `in flight`
  void release();      // `in flight` is committed: into the base
  void drop();         // all three are forgotten

  // What went wrong with the base since this was asked last; empty: nothing.
  std::string take_failure() { return std::exchange(failure_, {}); }

 private:
  static void merge(AccountLayer& above, AccountLayer& below);

  AccountBase& base_;
  AccountLayer open_;
  AccountLayer sealed_;
  AccountLayer in_flight_;
  std::string failure_;
};

}  // namespace wakestream::context
