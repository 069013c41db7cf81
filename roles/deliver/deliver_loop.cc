#include "roles/deliver/deliver_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "roles/capture/failpoint.h"
#include "roles/capture/wall_time.h"
#include "roles/deliver/attempt_book.h"
#include "roles/deliver/command_desk.h"
#include "roles/deliver/commit_clock.h"
#include "roles/deliver/deliver_words.h"
#include "roles/deliver/delivery_notices.h"
#include "roles/deliver/delivery_records.h"
#include "roles/deliver/failure_desk.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/share_division.h"
#include "roles/reading/reading_role.h"

namespace wakestream::deliver {

namespace {

using capture::failpoint;
using capture::wall_ms;
using capture::action::Level;
using emitters::boot_ms;
using reading::log_deadline;
using reading::Outcome;
using reading::Step;

constexpr std::size_t read_records_max = 500;
// What one transaction holds of events that need no attempt: so that none grows with what waits.
constexpr std::size_t step_records_max = 4 * read_records_max;
// How long one call may keep what else there is to do waiting.
constexpr log::Milliseconds idle_wait{50};
constexpr log::Milliseconds busy_wait{5};
// Progress alone, of events that this consumer did not subscribe to, is put on record so often.
constexpr std::int64_t progress_pause_ms = 1'000;
constexpr std::int64_t watch_pause_ms = 1'000;
constexpr int proofs_max = 3;
// A stop waits so long for the outcomes of what is under way.
constexpr std::int64_t stop_grace_ms = 5'000;

class Deliver final : public reading::ReadingRole {
 public:
  Deliver(log::EventLog& event_log, const AttemptJudge& judge, AccountsNow* accounts,
          emitters::Emitter* emitter, DeliverOptions options, const Topics& topics)
      : ReadingRole(event_log, {.writer = topics.writer,
                                .group = topics.group,
                                .events = topics.events,
                                .share = options.share,
                                .incarnation = options.incarnation,
                                .words = deliver_words,
                                .course = options.course,
                                .say = options.say,
                                .stop_requested = options.stop_requested}),
        topics_(topics),
        judge_(judge),
        accounts_(accounts),
        emitter_(emitter),
        options_(std::move(options)),
        desk_(event_log, topics_, options_.consumer, options_.incarnation,
              [this](const log::StoredRecord& event) { return judge_.is_subscribed(event); }),
        records_(topics_, options_.share),
        book_(judge_, records_),
        clock_(options_.begin_within.count()),
        notices_(options_.consumer, options_.say),
        failures_(options_.replay, desk_, notices_) {}

 private:
  struct Outgoing {
    Try attempt;
    Judgement judgement;
  };

  Outcome<void> make_topics() override {
    auto shapes = reading::at(
        Step::make_topics,
        event_log().ensure_topics(topics_.specs(options_.event_partition_count, options_.topic),
                                  options_.may_create_topics, log_deadline));
    if (!shapes) return tl::make_unexpected(std::move(shapes.error()));
    for (const auto& shape : *shapes) {
      if (shape.name == topics_.control || shape.name == topics_.decisions ||
          shape.partition_count == options_.event_partition_count)
        continue;
      return tl::make_unexpected(reading::Failure{
          Step::make_topics,
          {log::ErrorKind::topic_shape,
           fmt::format("topic {} has {} partitions, and the events have {}: an account's records "
                       "would not lie beside its events",
                       shape.name, shape.partition_count, options_.event_partition_count)}});
    }
    return {};
  }

  // What is on record becomes what is known.
  Outcome<void> begin() override {
    auto found = reading::at(
        Step::open_reader, read_share(event_log(), writer(), topics_, options_.share,
                                      {options_.incarnation, wall_ms(), log_deadline},
                                      options_.event_partition_count, options_.store_memory_bytes));
    if (!found) return tl::make_unexpected(std::move(found.error()));
    store_ = std::move(found->store);
    const auto& recorded = found->recorded;
    if (recorded.states.empty() && options_.from_latest)
      if (auto moved = begin_at_end(); !moved) return moved;
    auto progress = reading::at(Step::open_reader, where_it_goes_on(event_log(), topics_, recorded,
                                                                    positions(), log_deadline));
    if (!progress) return tl::make_unexpected(std::move(progress.error()));
    auto lanes = options_.lanes;
    lanes.seed = static_cast<std::uint64_t>(wall_ms());
    lanes_ = std::make_unique<Lanes>(std::move(lanes), std::move(*progress), *store_);
    if (auto ready = reading::at(Step::open_reader,
                                 desk_.begin(recorded, *lanes_, *store_, records_, wall_ms()));
        !ready)
      return ready;
    lanes_->set_paused(desk_.state().paused);
    failures_.begin(records_, wall_ms());
    // From now on the log knows the group, and keeps what it has not read.
    auto known = write(true);
    if (known && !std::exchange(told_begin_, true))
      say(Level::info, "delivering", "events are delivered", whose({{"group", group()}}));
    return known;
  }

  Outcome<void> step() override {
    if (auto read = read_events(); !read) return read;
    if (auto heard = hear_commands(); !heard) return heard;
    failures_.step(*lanes_, *store_, records_, wall_ms());
    if (gap_left_ms() == 0) {
      auto outgoing = consider();
      if (!outgoing) return tl::make_unexpected(std::move(outgoing.error()));
      if (auto written = write(false); !written) return written;
      if (auto proved = prove_anew(*outgoing); !proved) return proved;
      send(*outgoing);
    }
    take_outcomes(book_.empty() ? log::Milliseconds{0} : busy_wait);
    show_when_due();
    return {};
  }

  // What is under way ends, and that it did is on record: it will not be sent again.
  Outcome<void> finish() override {
    const auto until = capture::time_now().mono_ms + stop_grace_ms;
    while (!book_.empty() && capture::time_now().mono_ms < until) take_outcomes(idle_wait);
    return write(true);
  }

  // Whoever begins anew must not have two attempts of a lane under way: each ends by its own limit.
  void end() override {
    while (!book_.empty()) {
      std::vector<emitters::Outcome> outcomes;
      emitter_->take(idle_wait, outcomes);
      for (const auto& outcome : outcomes) book_.forget(outcome.ticket);
    }
    lanes_.reset();
    store_.reset();
    records_.clear();
    moved_.clear();
  }

  Outcome<void> read_events() {
    const auto now = wall_ms();
    auto wait = idle_wait;
    const log::Milliseconds gap{gap_left_ms()};
    if (!book_.empty() || (starts_at_once_ && gap.count() == 0)) wait = log::Milliseconds{0};
    if (const auto next = lanes_->next_start_ms(now); next && gap.count() == 0)
      wait = std::clamp(log::Milliseconds{*next - now}, log::Milliseconds{0}, wait);
    if (gap.count() > 0) wait = std::min(wait, gap);
    if (!lanes_->has_room()) {
      std::this_thread::sleep_for(wait);
      return {};
    }
    auto batch = reading::at(Step::read, reader().poll(read_records_max, wait));
    if (!batch) return tl::make_unexpected(std::move(batch.error()));
    const auto read_at = wall_ms();
    for (auto& event : batch->records) {
      if (!judge_.is_subscribed(event)) {
        lanes_->pass_over(event);
        continue;
      }
      ++facts_.read;
      lanes_->read(std::move(event), read_at);
    }
    return {};
  }

  Outcome<void> hear_commands() {
    auto heard = reading::at(Step::read, desk_.step(*lanes_, *store_, records_, wall_ms()));
    if (!heard) return heard;
    if (const auto why = lanes_->take_disabled()) {
      desk_.pause("receiver", *why, wall_ms(), records_);
      say(Level::error, "consumer_disabled",
          "the receiver wants nothing any more; nothing is sent until somebody resumes it",
          whose());
    }
    return {};
  }

  // What may be tried now, and what it may disclose.
  Outcome<std::vector<Outgoing>> consider() {
    std::vector<Outgoing> outgoing;
    bool refreshed = accounts_ == nullptr;
    while (outgoing.size() < room() && records_.size() < step_records_max) {
      const auto now = wall_ms();
      auto tries = lanes_->start(room() - outgoing.size(), now);
      if (tries.empty()) break;
      if (!std::exchange(refreshed, true)) {
        const auto fresh =
            reading::at(Step::find_events,
                        accounts_->refresh(log_deadline, [this] { return !stop_requested(); }));
        if (!fresh) return tl::make_unexpected(fresh.error());
      }
      for (auto& attempt : tries) {
        auto judgement = reading::at(Step::find_events, judge_.judge(attempt, now));
        if (!judgement) return tl::make_unexpected(std::move(judgement.error()));
        records_.receipt(judgement->receipt);
        if (judgement->withheld())
          lanes_->withheld(attempt.ticket, now);
        else if (!options_.topic.empty())
          put_into_topic(attempt, *judgement, now);
        else
          outgoing.push_back({std::move(attempt), std::move(*judgement)});
      }
    }
    return outgoing;
  }

  // The record, and that the consumer has it, are one transaction.
  void put_into_topic(const Try& attempt, const Judgement& judgement, std::int64_t now) {
    records_.disclosed(options_.topic, options_.event_partition_count, attempt, judgement);
    const emitters::Outcome outcome{.ticket = attempt.ticket,
                                    .verdict = emitters::Verdict::delivered};
    book_.sent(attempt, judgement.receipt);
    book_.came_back(outcome);
    lanes_->ended(outcome, now);
  }

  std::size_t room() const { return emitter_ != nullptr ? emitter_->room() : read_records_max; }

  // Of a log that is too slow for it the emitter lets the time run out.
  Outcome<void> prove_anew(const std::vector<Outgoing>& outgoing) {
    if (outgoing.empty()) return {};
    for (int left = proofs_max; left > 0 && clock_.is_proof_old(boot_ms()); --left)
      if (auto done = commit(wall_ms()); !done) return done;
    return {};
  }

  void send(const std::vector<Outgoing>& outgoing) {
    if (outgoing.empty()) return;
    std::vector<emitters::Attempt> attempts;
    attempts.reserve(outgoing.size());
    for (const auto& [attempt, judgement] : outgoing) {
      book_.sent(attempt, judgement.receipt);
      attempts.push_back(to_emit(attempt, judgement, clock_.begin_by_ms()));
    }
    failpoint("deliver_send_before");
    emitter_->send(attempts);
    failpoint("deliver_send_after");
  }

  void take_outcomes(log::Milliseconds wait) {
    if (emitter_ == nullptr) return;
    std::vector<emitters::Outcome> outcomes;
    emitter_->take(wait, outcomes);
    if (!outcomes.empty()) failpoint("deliver_outcome");
    const auto now = wall_ms();
    for (const auto& outcome : outcomes)
      if (book_.came_back(outcome)) lanes_->ended(outcome, now);
  }

  void count(Fate fate) {
    if (fate == Fate::delivered) ++facts_.delivered;
    if (fate == Fate::withheld || fate == Fate::erased) ++facts_.withheld;
    if (fate == Fate::muted) ++facts_.muted;
    if (fate == Fate::failed) ++facts_.failed;
    if (fate == Fate::parked) ++facts_.parked;
  }

  // One transaction of all that is to be on record. `also_nothing`: even where there is nothing.
  Outcome<void> write(bool also_nothing) {
    const auto now = wall_ms();
    const auto changes = lanes_->take_changes();
    for (const auto& ended : changes.ended) {
      book_.ended(ended, now);
      count(ended.fate);
    }
    book_.settle();
    records_.changes(changes, now);
    moved_.insert(changes.partitions.begin(), changes.partitions.end());
    starts_at_once_ = records_.size() > 0;
    if (auto sound = is_store_sound(); !sound) return sound;
    const bool due = !moved_.empty() && now - wrote_at_ms_ >= progress_pause_ms;
    if (records_.size() == 0 && !due && !also_nothing && !is_quiet()) return {};
    for (const auto partition : moved_)
      records_.progress(partition, lanes_->progress(partition), now);
    return commit(now);
  }

  std::int64_t gap_left_ms() const { return clock_.gap_left_ms(boot_ms()); }

  Outcome<void> commit(std::int64_t now) {
    const auto began_ms = boot_ms();
    auto next = positions();
    for (const auto partition : moved_)
      next.at(static_cast<std::size_t>(partition)) = lanes_->progress(partition).next();
    failpoint("deliver_commit_before");
    if (auto begun = reading::at(Step::write, writer().begin()); !begun) return begun;
    if (auto produced = reading::at(Step::write, records_.produce(writer())); !produced)
      return produced;
    if (auto done = reading::at(Step::write, writer().commit(consumed(next))); !done) return done;
    failpoint("deliver_commit_after");
    records_.clear();
    moved_.clear();
    wrote_at_ms_ = now;
    clock_.succeeded(began_ms, boot_ms());
    wrote(std::move(next));
    return {};
  }

  Outcome<void> is_store_sound() {
    auto problem = store_->take_failure();
    if (problem.empty()) return {};
    return tl::make_unexpected(
        reading::Failure{Step::write, {log::ErrorKind::unreachable, std::move(problem)}});
  }

  void show_when_due() {
    const auto now = capture::time_now().mono_ms;
    if (now - shown_at_ms_ < watch_pause_ms) return;
    shown_at_ms_ = now;
    facts_.in_flight = lanes_->in_flight();
    facts_.waiting = store_->sums();
    facts_.breaker_open = lanes_->pace().breaker() != Pace::Breaker::closed;
    facts_.paused = lanes_->paused();
    failures_.show(facts_);
    if (options_.watch) options_.watch(facts_);
    notices_.look(facts_, now);
  }

  Fields whose(Fields fields = {}) const {
    if (!options_.share.is_all()) fields.insert(fields.begin(), {"share", options_.share.text()});
    fields.insert(fields.begin(), {"consumer", options_.consumer});
    return fields;
  }

  Fields sums() const override {
    return whose({{"read", std::to_string(facts_.read)},
                  {"delivered", std::to_string(facts_.delivered)},
                  {"withheld", std::to_string(facts_.withheld)},
                  {"muted", std::to_string(facts_.muted)},
                  {"failed_attempts", std::to_string(facts_.failed)},
                  {"parked", std::to_string(facts_.parked)}});
  }

  const Topics& topics_;
  const AttemptJudge& judge_;
  AccountsNow* accounts_;
  emitters::Emitter* emitter_;
  const DeliverOptions options_;
  CommandDesk desk_;
  DeliveryRecords records_;
  std::unique_ptr<LaneStoreFile> store_;
  std::unique_ptr<Lanes> lanes_;
  AttemptBook book_;
  std::set<std::int32_t> moved_;  // partitions whose progress is to be put on record
  CommitClock clock_;
  std::int64_t wrote_at_ms_ = 0;
  bool starts_at_once_ = false;  // more may be to do than waits for an event
  DeliverFacts facts_;
  std::int64_t shown_at_ms_ = 0;
  bool told_begin_ = false;
  DeliveryNotices notices_;
  FailureDesk failures_;
};

}  // namespace

int run_deliver(log::EventLog& event_log, const AttemptJudge& judge, AccountsNow* accounts,
                emitters::Emitter* emitter, DeliverOptions options) {
  const Topics topics(options.pipeline, options.consumer, options.share);
  return Deliver(event_log, judge, accounts, emitter, std::move(options), topics).run();
}

}  // namespace wakestream::deliver
