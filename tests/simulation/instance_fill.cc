// A new pipeline's account context as an instance of the program fills it: through the snapshot
// that the slot's session exports until it is asked for something else, by a connection of its own.
#include <algorithm>

#include "tests/simulation/instance.h"

namespace wakestream::simulation {

namespace input = capture::input;
namespace action = capture::action;

void Instance::create_slot(const action::CreateSlot& what) {
  const bool keeps = mutation_ == Mutation::keep_the_slot_of_the_last_fill && connected_->slot;
  if (!keeps) connected_->slot = Server::Slot{connected_->wal_end, 0};
  if (what.exports_snapshot) exported_ = connected_->wal_end;
  from_postgres(
      input::SlotCreated{connected_->slot->confirmed, what.exports_snapshot ? "exported" : ""});
}

void Instance::import_snapshot() {
  const auto number = ++fill_number_;
  const auto session = session_;
  world_.clock.in(world_.random.between(1, 60), [this, number, session] {
    const bool there = session == session_ && connected_ != nullptr && exported_.valid();
    if (!there || muted_) return answer_fill(number, input::FillFailed{"no snapshot", true});
    filled_from_ = connected_;
    fill_place_ = {};
    fill_place_.timeline = connected_->timeline;
    fill_place_.of_fill = true;
    fill_next_ = 0;
    fill_versions_.clear();
    const auto seen_at =
        mutation_ == Mutation::fill_from_a_later_snapshot ? connected_->wal_end : exported_;
    for (int account = 0; account < account_count; ++account)
      fill_versions_.push_back(connected_->version_at(account, seen_at));
    answer_fill(number, input::SnapshotImported{});
  });
}

void Instance::take_accounts(const action::TakeAccounts& what) {
  const auto number = fill_number_;
  world_.clock.in(world_.random.between(1, world_.random.chance(20) ? 1'500 : 30), [=, this] {
    if (!alive_ || number != fill_number_) return;
    const bool fails = !world_.faults.quiet && world_.random.chance(3);
    if (fails || !filled_from_->up || muted_)
      return answer_fill(number, input::FillFailed{"cut", true});
    record_accounts(what, number);
  });
}

void Instance::record_accounts(const action::TakeAccounts& what, std::uint64_t number) {
  if (paused_) return while_paused_.push_back([=, this] { record_accounts(what, number); });
  if (number != fill_number_) return;
  fill_place_.commit_lsn = what.late.said_at;
  if (what.empties_context && mutation_ != Mutation::keep_accounts_of_the_last_fill)
    empty_context(fill_place_);
  input::AccountsTaken answer;
  const auto rows = std::min<std::uint64_t>(
      what.rows_max, static_cast<std::uint64_t>(world_.random.between(1, 3)));
  for (; answer.row_count < rows && fill_next_ < account_count; ++answer.row_count, ++fill_next_) {
    const auto version = fill_versions_[static_cast<std::size_t>(fill_next_)];
    if (mutation_ != Mutation::fill_without_rows)
      put_context(fill_place_, fill_next_, version, sealed_);
  }
  layers_.seal();
  answer.record_count = sealed_.size();
  answer.byte_count = answer.record_count * 100;
  answer.reached_end = fill_next_ == account_count;
  feed(answer);
}

void Instance::answer_fill(std::uint64_t number, const capture::Input& answer) {
  if (number == fill_number_) feed(answer);
}

}  // namespace wakestream::simulation
