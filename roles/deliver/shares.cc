#include "roles/deliver/shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "roles/capture/wall_time.h"
#include "roles/deliver/deliver_words.h"
#include "roles/deliver/share_division.h"
#include "roles/deliver/topics.h"
#include "roles/reading/reading_role.h"

namespace wakestream::deliver {

namespace {

using capture::action::Level;
using reading::log_deadline;
using reading::Outcome;
using reading::Step;

constexpr log::Milliseconds poll_wait{100};

// One share at work.
class Work {
 public:
  Work(reading::Share share, const DeliverShare& deliver_share)
      : share_(share), thread_([this, &deliver_share] {
          code_ = deliver_share(share_, [this] { return is_to_stop_.load(); });
          has_ended_ = true;
        }) {}
  ~Work() {
    stop();
    thread_.join();
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  std::int32_t number() const { return share_.number; }
  void stop() { is_to_stop_ = true; }
  bool is_to_stop() const { return is_to_stop_; }
  bool has_ended() const { return has_ended_; }
  int code() const { return code_; }  // once it has ended

 private:
  const reading::Share share_;
  std::atomic<bool> is_to_stop_ = false;
  std::atomic<bool> has_ended_ = false;
  int code_ = 0;
  std::thread thread_;  // the last: it uses the others
};

class Shares {
 public:
  Shares(log::EventLog& event_log, const DeliverShare& deliver_share, SharesOptions options)
      : log_(event_log),
        deliver_share_(deliver_share),
        options_(std::move(options)),
        topics_(options_.pipeline, options_.consumer),
        course_(options_.course, deliver_words) {}

  int run() {
    while (!options_.stop_requested() && code_ == 0) {
      const auto done = take_part();
      end_all();
      if (done) continue;
      const auto answer = course_.failed(done.error().step, done.error().error);
      if (answer.ends) {
        say(Level::error, answer.event, answer.message);
        return 1;
      }
      if (!answer.event.empty()) say(Level::warning, answer.event, answer.message);
      pause(answer.pause_ms);
    }
    return code_;
  }

 private:
  // Until it is to end, a share is refused, or something fails.
  Outcome<void> take_part() {
    if (auto made = reading::at(Step::make_topics, make_topics()); !made) return made;
    if (auto divided = reading::at(
            Step::open_writer, divide(log_, topics_, options_.share_count,
                                      {options_.incarnation, capture::wall_ms(), log_deadline}));
        !divided)
      return divided;
    auto membership = reading::at(Step::open_reader,
                                  log_.join({.group = topics_.members, .topic = topics_.shares}));
    if (!membership) return tl::make_unexpected(std::move(membership.error()));
    while (!options_.stop_requested() && code_ == 0)
      if (auto gone_on = go_on(**membership); !gone_on) {
        // Before it leaves: what is free at once must not be under way here.
        end_all();
        return gone_on;
      }
    end_all();
    return {};
  }

  log::Result<void> make_topics() {
    auto specs = topics_.specs(options_.event_partition_count, options_.topic);
    specs.push_back(topics_.shares_spec(options_.share_count));
    auto shapes = log_.ensure_topics(specs, options_.may_create_topics, log_deadline);
    if (!shapes) return tl::make_unexpected(std::move(shapes.error()));
    return check_division(log_, topics_, {0, options_.share_count}, log_deadline);
  }

  Outcome<void> go_on(log::Membership& membership) {
    auto change = reading::at(Step::read, membership.poll(poll_wait));
    if (!change) return tl::make_unexpected(std::move(change.error()));
    if (!change->given.empty() && course_.wrote())
      say(Level::info, std::string(deliver_words.back), "shares are given again");
    for (const auto number : change->given) begin(number);
    for (const auto number : change->taken) stop(number);
    is_releasing_ = is_releasing_ || !change->taken.empty();
    remove_ended();
    const bool all_ended = std::ranges::none_of(works_, &Work::is_to_stop);
    if (!is_releasing_ || !all_ended) return {};
    is_releasing_ = false;
    return reading::at(Step::read, membership.released());
  }

  void begin(std::int32_t number) {
    const reading::Share share{number, options_.share_count};
    if (number >= share.count) return;  // of a topic that was made anew
    say(Level::info, "share_given", "this instance delivers a share of the consumer's partitions",
        {{"share", share.text()}});
    works_.emplace_back(share, deliver_share_);
  }

  void stop(std::int32_t number) {
    for (auto& work : works_) {
      if (work.number() != number) continue;
      work.stop();
      say(Level::info, "share_taken",
          "a share of the consumer's partitions goes to another instance",
          {{"share", reading::Share{number, options_.share_count}.text()}});
    }
  }

  void remove_ended() {
    std::erase_if(works_, [this](const Work& work) {
      if (work.has_ended() && !work.is_to_stop()) code_ = std::max(code_, work.code());
      return work.has_ended();
    });
  }

  void end_all() {
    for (auto& work : works_) work.stop();
    works_.clear();
    is_releasing_ = false;
  }

  void pause(std::int64_t pause_ms) const {
    const auto until = capture::time_now().mono_ms + pause_ms;
    while (!options_.stop_requested() && capture::time_now().mono_ms < until)
      std::this_thread::sleep_for(poll_wait);
  }

  void say(Level level, std::string event, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {}) const {
    fields.insert(fields.begin(), {"consumer", options_.consumer});
    if (options_.say)
      options_.say({level, std::move(event), std::move(message), std::move(fields)});
  }

  log::EventLog& log_;
  const DeliverShare& deliver_share_;
  const SharesOptions options_;
  const Topics topics_;
  reading::Course course_;
  std::list<Work> works_;
  bool is_releasing_ = false;
  int code_ = 0;
};

}  // namespace

int run_shares(log::EventLog& event_log, const DeliverShare& deliver_share, SharesOptions options) {
  return Shares(event_log, deliver_share, std::move(options)).run();
}

}  // namespace wakestream::deliver
