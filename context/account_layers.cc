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
  if (const auto* found = record(account_id)) return &found->context;
  if (departed_.empty()) return nullptr;
  const auto departed = departed_.find(std::string(account_id));
  return departed == departed_.end() ? nullptr : &departed->second;
}

bool AccountLayers::put(std::string_view account_id, AccountRecord new_record) {
  const auto* known = record(account_id);
  if (known != nullptr && known->context == new_record.context) return false;
  open_.accounts.insert_or_assign(std::string(account_id), std::move(new_record));
  return true;
}

bool AccountLayers::remove(std::string_view account_id) {
  const auto* known = record(account_id);
  if (known == nullptr) return false;
  keep_departed(account_id, known->context);
  open_.accounts.insert_or_assign(std::string(account_id), std::nullopt);
  return true;
}

void AccountLayers::keep_departed(std::string_view account_id,
                                  const mapping::AccountContext& context) {
  if (departed_bytes_ >= departed_bytes_max) return;
  departed_bytes_ += sizeof(std::pair<std::string, mapping::AccountContext>) + account_id.size();
  for (const auto& value : context.values) departed_bytes_ += value ? value->size() : 0;
  departed_.insert_or_assign(std::string(account_id), context);
}

void AccountLayers::forget_departed() {
  departed_.clear();
  departed_bytes_ = 0;
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

void AccountLayers::seal() {
  merge(open_, sealed_);
  forget_departed();
}

void AccountLayers::send_sealed() { in_flight_ = std::exchange(sealed_, {}); }
void AccountLayers::send_open() { in_flight_ = std::exchange(open_, {}); }

void AccountLayers::release() {
  const auto layer = std::exchange(in_flight_, {});
  if (layer.empty()) return;
  const auto applied = base_.apply(layer);
  if (!applied && failure_.empty()) failure_ = applied.error();
}

void AccountLayers::drop_open() {
  open_ = {};
  forget_departed();
}

void AccountLayers::drop() {
  drop_open();
  sealed_ = in_flight_ = {};
}

}  // namespace wakestream::context
