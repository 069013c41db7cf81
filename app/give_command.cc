#include "app/give_command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "app/commands.h"
#include "app/host_name.h"
#include "app/incarnation.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/stop_signal.h"
#include "cdc/wall_time.h"
#include "roles/capture/topics.h"
#include "roles/deliver/topics.h"

namespace wakestream::app {

namespace {

using cdc::wall_ms;
using SteadyClock = std::chrono::steady_clock;

constexpr log::Milliseconds log_deadline{10'000};

std::string user_name() {
  const auto* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

// A command as it goes into the log, and where its decisions will be.
struct Order {
  log::TopicSpec control;
  std::string decisions;   // the topic
  std::string undecided;   // "no capture has decided within"
  std::string why_no_one;  // what to do where nobody ever decided anything
  std::string id;
  std::int64_t given_at_ms = 0;
  std::string value;
  // Refused by some that have a share of it and done by others, it is done.
  bool one_suffices = false;
};

// What any decision says.
struct Answer {
  bool more = false;
  std::int32_t share = 0;  // whose, of so many that will each answer
  std::int32_t share_count = 1;
  std::optional<std::string> refusal;  // nothing: done
};
// The error is a sentence.
using ReadAnswer = std::function<tl::expected<Answer, std::string>(const std::string& value)>;

template <class Command>
Order sign(Command& command, const GiveOptions& options) {
  auto signature = sign_as_operator();
  command.given_at_ms = signature.at_ms;
  command.id = std::move(signature.id);
  command.who = std::move(signature.who);
  command.why = options.why;
  Order order;
  order.id = command.id;
  order.given_at_ms = command.given_at_ms;
  order.value = encode_command(command);
  return order;
}

Order order_for(const Config& config, capture::Command& command, const GiveOptions& options) {
  const capture::Topics topics(config.pipeline);
  auto order = sign(command, options);
  order.control = topics.control_spec();
  order.decisions = topics.decisions;
  order.undecided = "no capture has decided within";
  order.why_no_one = "the pipeline has not begun yet: start `wakestream run`";
  return order;
}

Order order_for(const Config& config, deliver::Command& command, const GiveOptions& options) {
  const deliver::Topics topics(config.pipeline, command.consumer);
  auto order = sign(command, options);
  order.control = topics.control_spec();
  order.decisions = topics.decisions;
  order.one_suffices = command.name == deliver::Command::replay_stop;
  order.undecided =
      fmt::format("not everybody who delivers to {} has decided within", command.consumer);
  order.why_no_one = fmt::format(
      "deliveries to {} have not begun yet, so there is nothing to command: start `wakestream run`",
      command.consumer);
  return order;
}

log::Result<void> write_order(log::EventLog& event_log, const Order& order) {
  log::WriterOptions options;
  options.name = order.control.writer;
  options.incarnation = to_string(this_process());
  auto writer = event_log.open_writer(options);
  if (!writer) return tl::make_unexpected(writer.error());
  log::Record record;
  record.topic = order.control.name;
  record.key = order.id;
  record.value = order.value;
  record.timestamp_ms = order.given_at_ms;
  if (auto begun = (*writer)->begin(); !begun) return begun;
  if (auto produced = (*writer)->produce(record); !produced) return produced;
  return (*writer)->commit({});
}

struct Waited {
  bool ended = false;  // the last decision came, of every share
  std::optional<std::string> refusal;
};

// One decision a step, by whoever carries it out, or by each of its shares.
log::Result<Waited> wait_for_answers(log::Reader& reader, const Order& order, double timeout_s,
                                     const ReadAnswer& read_answer) {
  const StopSignal stop;
  const std::chrono::duration<double> timeout(timeout_s);
  auto give_up = SteadyClock::now() + timeout;
  Waited waited;
  std::set<std::int32_t> ended;
  bool is_done = false;
  while (SteadyClock::now() < give_up && !stop.requested()) {
    auto batch = reader.poll(100, log::Milliseconds{100});
    if (!batch) return tl::make_unexpected(batch.error());
    for (const auto& record : batch->records) {
      if (record.key != order.id) continue;
      auto answer = read_answer(record.value);
      if (!answer) return tl::make_unexpected(log::Error{log::ErrorKind::corrupt, answer.error()});
      is_done = is_done || !answer->refusal;
      if (answer->refusal) waited.refusal = std::move(answer->refusal);
      if (!answer->more) ended.insert(answer->share);
      waited.ended = ended.size() >= static_cast<std::size_t>(answer->share_count);
      if (waited.ended && is_done && order.one_suffices) waited.refusal.reset();
      if (waited.ended) return waited;
      give_up = SteadyClock::now() + timeout;
    }
  }
  return waited;
}

log::Result<void> make_control_topic(const Config& config, log::EventLog& event_log,
                                     const Order& order) {
  const auto made =
      event_log.ensure_topics({&order.control, 1}, may_create_topics(config), log_deadline);
  if (!made) return tl::make_unexpected(made.error());
  return {};
}

int problem(Logger& logger, const log::Error& error) {
  return say_log_failure(logger, "command_not_given", error);
}

int give(const Config& config, const Order& order, double timeout_s, Logger& logger,
         const ReadAnswer& read_answer) {
  auto event_log = open_log(config);
  if (!event_log) return problem(logger, event_log.error());
  // Opened before the command is there: its decision cannot be missed.
  auto reader = (*event_log)->open_reader(order.decisions, log::ReadFrom::latest);
  if (!reader && reader.error().kind == log::ErrorKind::topic_missing) {
    logger.error("command_not_given", order.why_no_one);
    return exit_problem;
  }
  if (!reader) return problem(logger, reader.error());
  if (auto made = make_control_topic(config, **event_log, order); !made)
    return problem(logger, made.error());
  if (auto written = write_order(**event_log, order); !written)
    return problem(logger, written.error());
  const auto waited = wait_for_answers(**reader, order, timeout_s, read_answer);
  if (!waited) return problem(logger, waited.error());
  if (!waited->ended) {
    logger.error("no_decision_yet",
                 fmt::format("{} {} s. The command stays in the log and "
                             "is carried out when `wakestream run` runs; its decision will be in "
                             "topic {}",
                             order.undecided, timeout_s, order.decisions),
                 {{"id", order.id}});
    return exit_try_again;
  }
  if (!waited->refusal) return exit_done;
  logger.error("command_refused", *waited->refusal, {{"id", order.id}});
  return exit_problem;
}

template <class Decision>
tl::expected<Answer, std::string> read(const tl::expected<Decision, std::string>& decision,
                                       const std::function<void(const Decision&)>& decided) {
  if (!decision) return tl::make_unexpected(decision.error());
  decided(*decision);
  Answer answer;
  if constexpr (requires { decision->more; }) answer.more = decision->more;
  if constexpr (requires { decision->share; }) {
    answer.share = decision->share.number;
    answer.share_count = decision->share.count;
  }
  if (!decision->done) answer.refusal = decision->reason;
  return answer;
}

}  // namespace

OperatorSignature sign_as_operator() {
  const auto at_ms = wall_ms();
  return {at_ms, fmt::format("{}-{}-{}", at_ms, getpid(), host_name()),
          user_name() + "@" + host_name()};
}

int give_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger, const std::function<void(const capture::Decision&)>& decided) {
  return give(config, order_for(config, command, options), options.timeout_s, logger,
              [&decided](const std::string& value) {
                return read<capture::Decision>(capture::decode_decision(value), decided);
              });
}

int give_command(const Config& config, deliver::Command command, const GiveOptions& options,
                 Logger& logger, const std::function<void(const deliver::Decision&)>& decided) {
  return give(config, order_for(config, command, options), options.timeout_s, logger,
              [&decided](const std::string& value) {
                return read<deliver::Decision>(deliver::decode_decision(value), decided);
              });
}

int note_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return problem(logger, event_log.error());
  const auto order = order_for(config, command, options);
  if (auto made = make_control_topic(config, **event_log, order); !made)
    return problem(logger, made.error());
  if (auto written = write_order(**event_log, order); !written)
    return problem(logger, written.error());
  return exit_done;
}

}  // namespace wakestream::app
