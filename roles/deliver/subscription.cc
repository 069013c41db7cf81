#include "roles/deliver/subscription.h"

#include "roles/disclosure/addressee.h"
#include "roles/disclosure/event_words.h"

namespace wakestream::deliver {

namespace {

template <class Set>
bool has(const Set& wanted, std::string_view name) {
  return wanted.empty() || wanted.find(name) != wanted.end();
}

}  // namespace

bool Subscription::has_banner(std::string_view banner) const { return has(banners, banner); }

bool Subscription::takes(std::string_view consumer, const log::StoredRecord& event) const {
  const auto addressee = disclosure::addressee(event);
  if (!addressee.empty() && addressee != consumer) return false;
  if (!has(types, log::header_of(event, "ce_type"))) return false;
  if (banners.empty()) return true;
  const auto words = disclosure::read_words(event.value);
  if (!words) return true;
  return has_banner(words->banner.value_or("")) ||
         (words->previous_banner && has_banner(*words->previous_banner));
}

}  // namespace wakestream::deliver
