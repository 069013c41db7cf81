#include "roles/deliver/accounts_now.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "roles/capture/topics.h"

namespace wakestream::deliver {

namespace {

using mapping::ContextColumn;

tl::unexpected<log::Error> unreachable(std::string sentence) {
  return tl::unexpected(log::Error{log::ErrorKind::unreachable, std::move(sentence)});
}

}  // namespace

AccountsNow::AccountsNow(log::EventLog& event_log, std::string pipeline,
                         context::StoreOptions store)
    : log_(event_log), pipeline_(std::move(pipeline)), options_(std::move(store)) {}

AccountsNow::~AccountsNow() = default;

// Only a context that holds every account tells who is gone.
log::Result<capture::Checkpoint> AccountsNow::filled_checkpoint(log::Milliseconds deadline) {
  const auto record = log_.latest(capture::Topics(pipeline_).checkpoint, pipeline_,
                                  log::Settled::as_it_is, deadline);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return unreachable("nothing was captured yet");
  auto checkpoint = capture::decode_checkpoint((*record)->value);
  if (!checkpoint) return tl::unexpected(log::Error{log::ErrorKind::corrupt, checkpoint.error()});
  if (!checkpoint->context || !checkpoint->context->is_filled())
    return unreachable("the account context is being filled");
  return std::move(*checkpoint);
}

log::Result<void> AccountsNow::open(log::Milliseconds deadline,
                                    const std::function<bool()>& goes_on) {
  const capture::Topics topics(pipeline_);
  const auto checkpoint = filled_checkpoint(deadline);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  const auto ends = log_.end_offsets(topics.context, deadline);
  if (!ends) return tl::unexpected(ends.error());
  auto store =
      context::AccountStore::open(options_,
                                  fmt::format("{} {} {}", pipeline_, checkpoint->system_identifier,
                                              cdc::to_string(checkpoint->born_at)),
                                  static_cast<std::int32_t>(ends->size()));
  if (!store) return unreachable(std::move(store.error()));
  if (auto whole = context::catch_up(log_, topics.context, **store, deadline, goes_on); !whole)
    return whole;
  follower_ = std::make_unique<context::TopicFollower>(log_, topics.context, **store);
  store_ = std::move(*store);
  return {};
}

log::Result<void> AccountsNow::refresh(log::Milliseconds deadline,
                                       const std::function<bool()>& goes_on) {
  const std::lock_guard lock(mutex_);
  if (!follower_) return open(deadline, goes_on);
  const auto give_up = std::chrono::steady_clock::now() + deadline;
  while (goes_on() && std::chrono::steady_clock::now() < give_up) {
    auto at_end = follower_->step(log::Milliseconds{0});
    if (!at_end) {
      // Whatever is wrong with it, a new one begins where the store stands.
      follower_.reset();
      store_.reset();
      return tl::unexpected(std::move(at_end.error()));
    }
    if (*at_end) return {};
  }
  return unreachable("the end of the account context was not reached in time");
}

log::Result<AccountNow> AccountsNow::find(std::string_view account) {
  const std::lock_guard lock(mutex_);
  if (!store_) return unreachable("the account context is not open");
  const auto found = store_->find(account);
  if (!found) return unreachable(found.error());
  if (*found == nullptr) {
    // Or the context was emptied, to be filled anew: capture says so with the emptying.
    if (const auto filled = filled_checkpoint(log::Milliseconds{10'000}); !filled)
      return tl::unexpected(filled.error());
    return AccountNow{true, std::nullopt, {}};
  }
  return AccountNow{false, (*found)->context.at(ContextColumn::consent),
                    cdc::to_string((*found)->as_of)};
}

}  // namespace wakestream::deliver
