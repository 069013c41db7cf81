// What one attempt may disclose, asked at the attempt: the first, a repeated one, and one out of
// the dead letters alike.
//
// Policy is asked with the narrower of the consent that stands in the event and the account's
// consent now. Where the account is gone, nothing but the types that say so (`about_deletion`) goes
// out. What was decided is a receipt, whatever it was: without one nothing is sent.
//
// Belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "keys/key.h"
#include "log/record.h"
#include "roles/deliver/accounts_now.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/receipt.h"
#include "roles/deliver/subscription.h"
#include "roles/disclosure/discloser.h"

namespace wakestream::deliver {

struct Judgement {
  // Of kind intent: it may be sent; withheld: it may not.
  Receipt receipt;
  std::string id;  // the webhook-id
  std::string subject;
  std::string data;

  bool withheld() const { return receipt.kind == ReceiptKind::withheld; }
};

class AttemptJudge {
 public:
  struct Options {
    std::string consumer;
    std::string rules_hash;
    Subscription subscription;
    std::set<std::string, std::less<>> about_deletion;
  };

  // All of these outlive it. `accounts` is null where the pipeline keeps no context.
  AttemptJudge(const disclosure::Discloser& discloser, AccountsNow* accounts, const keys::Key& key,
               Options options);

  // Is it for this consumer at all?
  bool is_subscribed(const log::StoredRecord& event) const;
  // The error is the account context's: nothing is known, so nothing may be sent.
  log::Result<Judgement> judge(const Try& attempt, std::int64_t now_ms) const;

  // For what came of it: who and what it is about, and nothing more.
  Receipt outcome_receipt(const log::StoredRecord& event, std::uint32_t attempt) const;
  // Of one that is part of a bulk change, and muted: policy was not asked.
  Receipt muted_receipt(const log::StoredRecord& event, std::int64_t now_ms) const;

 private:
  Receipt decision_receipt(const log::StoredRecord& event, std::uint32_t attempt,
                           std::string_view sequence, std::int64_t now_ms) const;
  void fill_in(const disclosure::Disclosed& disclosed, Receipt& receipt) const;
  // On whose behalf this consumer gets it: the banner that the account is of, or comes from.
  std::string_view banner_of(const disclosure::EventWords& words) const;

  const disclosure::Discloser& discloser_;
  AccountsNow* accounts_;
  const keys::Key& key_;
  const Options options_;
  std::string key_id_;
  std::string purpose_;
  std::string legal_basis_;
};

}  // namespace wakestream::deliver
