#include "context/account_layers.h"

#include <array>
#include <utility>

namespace wakestream::context {

const AccountRecord* AccountLayers::record(std::string_view account_id) {
  const std::string key(account_id);
  for (const auto* layer : {&open_, &sealed_, &in_flight_}) {
    const auto found = layer->accounts.find(key);
    if (found != layer->accounts.end()) return found->second ? &*found->second : nullptr;
    if (layer->every_account_gone) return nullptr;
  }
  const auto found = base_.find(account_id);
  if (found) return *found;
  if (failure_.empty()) failure_ = found.error();
  return nullptr;
}

const mapping::AccountContext* AccountLayers::find(std::string_view account_id) {
  const auto* found = record(account_id);
  return found == nullptr ? nullptr : &found->context;
}

bool AccountLayers::put(std::string_view account_id, AccountRecord new_record) {
  const auto* known = find(account_id);
  if (known != nullptr && *known == new_record.context) return false;
  open_.accounts.insert_or_assign(std::string(account_id), std::move(new_record));
  return true;
}

bool AccountLayers::remove(std::string_view account_id) {
  if (record(account_id) == nullptr) return false;
  open_.accounts.insert_or_assign(std::string(account_id), std::nullopt);
  return true;
}

void AccountLayers::remove_every() {
  open_.accounts.clear();
  open_.every_account_gone = true;
}

void AccountLayers::merge(AccountLayer& above, AccountLayer& below) {
  if (below.empty() || above.every_account_gone) {
    below = std::exchange(above, {});
    return;
  }
  for (auto& [account, record] : above.accounts)
    below.accounts.insert_or_assign(account, std::move(record));
  above = {};
}

void AccountLayers::seal() { merge(open_, sealed_); }
void AccountLayers::send_sealed() { in_flight_ = std::exchange(sealed_, {}); }
void AccountLayers::send_open() { in_flight_ = std::exchange(open_, {}); }

void AccountLayers::release() {
  const auto layer = std::exchange(in_flight_, {});
  if (layer.empty()) return;
  const auto applied = base_.apply(layer);
  if (!applied && failure_.empty()) failure_ = applied.error();
}

void AccountLayers::drop() { open_ = sealed_ = in_flight_ = {}; }

}  // namespace wakestream::context
