// The context of accounts as of the change that is being mapped: what the log has, and above it
// what is on its way there.
//
// Three layers stand on a base, and they go the way of the records that say the same
// (roles/capture/action.h): `open` holds the changes of the transaction that is being read,
// `sealed` those of whole transactions, `in flight` what the log's writer was given. The base holds
// what is committed, and gets a layer only once its commit is known. So what a crash takes away is
// exactly what the log does not have.
//
// An account that a transaction takes away is still known to the rows behind it in that
// transaction: what is deleted in cascade comes behind its account. So it is for the first
// departed_bytes_max of them, and not where the program ended between two parts of a transaction
// that is too large for one: the next one does not know them any more.
//
// Pure but for the base. Not thread-safe.
#pragma once

#include <cstddef>
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
  static constexpr std::size_t departed_bytes_max = std::size_t{16} << 20U;

  // `base` outlives it.
  explicit AccountLayers(AccountBase& base) : base_(base) {}

  // As of the change. Null when there is no such account, and when the base failed. Valid until
  // anything changes.
  const AccountRecord* record(std::string_view account_id);
  // The same for a row of the transaction: an account that it takes away is known to it.
  const mapping::AccountContext* find(std::string_view account_id) override;
  bool is_filled() const override { return filled_; }
  void set_filled(bool filled) { filled_ = filled; }

  // Into `open`. False when that is what is known already, so that nothing need be written.
  bool put(std::string_view account_id, AccountRecord record);
  bool remove(std::string_view account_id);
  void remove_every();

  void seal();         // `open` goes into `sealed`
  void send_sealed();  // `sealed` becomes `in flight`
  void send_open();    // `open` becomes `in flight`
  void release();      // `in flight` is committed: into the base
  void drop_open();    // `open` is forgotten
  void drop();         // all three are

  // What went wrong with the base since this was asked last; empty: nothing.
  std::string take_failure() { return std::exchange(failure_, {}); }

 private:
  void keep_departed(std::string_view account_id, const mapping::AccountContext& context);
  void forget_departed();
  static void merge(AccountLayer& above, AccountLayer& below);

  AccountBase& base_;
  AccountLayer open_;
  AccountLayer sealed_;
  AccountLayer in_flight_;
  // What the transaction that is being read took away, as it was.
  std::unordered_map<std::string, mapping::AccountContext> departed_;
  std::size_t departed_bytes_ = 0;
  bool filled_ = false;
  std::string failure_;
};

}  // namespace wakestream::context
