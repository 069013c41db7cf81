#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/deliver_role.h"
#include "app/http/delivery_board.h"
#include "app/http/monitor.h"
#include "app/incarnation.h"
#include "app/load_rules.h"
#include "app/open_keys.h"
#include "app/open_log.h"
#include "app/publish_role.h"
#include "app/reload_signal.h"
#include "app/retention_notice.h"
#include "app/role_notice.h"
#include "app/slot_notice.h"
#include "app/stop_signal.h"
#include "cdc/wall_time.h"
#include "roles/capture/capture_loop.h"
#include "roles/capture/lease_key.h"

namespace wakestream::app {

namespace {

capture::CaptureOptions capture_options(const Config& config, const mapping::RuleSet& rules) {
  capture::CaptureOptions options;
  auto& settings = options.settings;
  settings.pipeline = config.pipeline;
  settings.incarnation = this_process();
  settings.slot = config.source.slot_name;
  settings.slot_existing = config.source.slot_existing;
  settings.slot_failover = config.source.failover;
  settings.rules_hash = rules.hash();
  settings.event_types = rules.event_types();
  settings.snapshot_initial = config.snapshot.initial;
  settings.snapshot_rows_per_second = config.snapshot.rows_per_s_max;
  settings.rules_join_context = rules.joins_context();
  if (config.context) {
    // Its problems were told when the configuration was read.
    if (auto rule = mapping::ContextRule::parse(config.context->source)) {
      settings.context = {rule->hash(), rule->table()};
      options.context_rule = std::move(*rule);
      options.context_store = {config.context->store, config.context->memory_bytes};
      options.key_store = open_key_store(config);
      options.given_up_keys = config.keys.given_up;
    }
  }
  settings.seed = std::random_device{}();
  // Kafka makes a transaction wait 20 ms when it begins while the last one's markers are being
  // written (ADR 0003).
  const auto* kafka = std::get_if<KafkaLogConfig>(&config.log);
  settings.transaction_gap_ms = kafka != nullptr ? 4 : 0;
  options.session.conninfo = config.source.url.reveal();
  options.session.conninfo_now = [&config] { return source_url_now(config).reveal(); };
  options.publication = config.source.publication;
  options.row_bytes_max = config.source.row_bytes_max;
  options.bulk = {{config.bulk.origins.begin(), config.bulk.origins.end()},
                  config.bulk.message_prefix};
  options.record_bytes_max = record_bytes_max(config);
  options.event_partition_count = event_partitions(config);
  options.may_create_topics = may_create_topics(config);
  return options;
}

cdc::SessionOptions watch_session(const Config& config) {
  cdc::SessionOptions session;
  session.conninfo = config.source.url.reveal();
  session.conninfo_now = [&config] { return source_url_now(config).reveal(); };
  session.application_name = "wakestream watch";
  session.timeout = std::chrono::milliseconds{3'000};
  return session;
}

SlotNotice::Options slot_notice_options(const Config& config, int stop_fd) {
  SlotNotice::Options options{watch_session(config), config.source.slot_name,
                              capture::lease_key(config.pipeline, config.source.slot_name)};
  options.session.interrupt_fd = stop_fd;
  return options;
}

Monitor::Options monitor_options(const Config& config, const DeliveryBoard& deliveries) {
  Monitor::Options options;
  options.address = *config.metrics.listen;
  options.pipeline = config.pipeline;
  options.source.session = watch_session(config);
  options.source.slot = config.source.slot_name;
  options.source.lease_key = capture::lease_key(config.pipeline, config.source.slot_name);
  options.log_bytes = [&config] { return log_bytes(config); };
  options.deliveries = &deliveries;
  return options;
}

int run_capture_role(const Config& config, mapping::RuleSet rules, const DeliveryBoard& deliveries,
                     const StopSignal& stop, const ReloadSignal& reload, Logger& logger) {
  std::unique_ptr<Monitor> monitor;
  if (config.metrics.listen) {
    auto started = Monitor::start(monitor_options(config, deliveries));
    if (!started) {
      logger.error("metrics_unavailable", "metrics.listen: " + started.error());
      return exit_problem;
    }
    monitor = std::move(*started);
    logger.info("metrics_listening", "metrics and health are served",
                {{"address", to_string(monitor->address())}});
  }
  RetentionNotice retention(logger, [&monitor](std::uint64_t records) {
    if (monitor) monitor->board().add_removed(records);
  });
  auto event_log =
      open_log_with_retention(config, [&retention](const auto& report) { retention.take(report); });
  if (!event_log) {
    logger.error("log_invalid", event_log.error().message);
    return exit_problem;
  }
  auto options = capture_options(config, rules);
  options.stop_fd = options.session.interrupt_fd = stop.fd();
  options.leave = [] { std::_Exit(exit_done); };
  options.reload_fd = reload.fd();
  options.load_rules = [&config] { return reload_rules(config); };
  options.say = [&logger](const capture::action::Say& said) { log_notice(logger, said); };
  SlotNotice slot_notice(logger, slot_notice_options(config, stop.fd()));
  options.watch = [&slot_notice, &monitor](const capture::CaptureFacts& facts) {
    slot_notice.saw(facts);
    if (monitor) monitor->board().leave(facts);
  };
  logger.info(
      "starting", "capture starts",
      {{"pipeline", config.pipeline}, {"rules", fmt::format("{}", rules.event_types().size())}});
  return capture::run_capture(
      **event_log, std::make_shared<const mapping::RuleSet>(std::move(rules)), std::move(options));
}

bool wants(const RunOptions& options, std::string_view role) {
  return options.roles.empty() ||
         std::find(options.roles.begin(), options.roles.end(), role) != options.roles.end();
}

// Those beside capture that are asked for; nothing when one of them cannot be had (it was said).
std::optional<std::vector<std::unique_ptr<Role>>> load_roles(const Config& config,
                                                             const RunOptions& options,
                                                             const mapping::RuleSet& rules,
                                                             DeliveryBoard& deliveries,
                                                             Logger& logger) {
  struct Kind {
    std::string_view role;
    std::string_view section;
    bool configured;
    std::function<std::unique_ptr<Role>()> load;
  };
  const Kind kinds[] = {
      {"publish", "publish", config.publish.has_value(),
       [&] { return load_publish_role(config, rules, logger); }},
      {"deliver", "consumers", !config.consumers.empty(),
       [&] { return load_deliver_role(config, rules, deliveries, logger); }},
  };
  std::vector<std::unique_ptr<Role>> roles;
  for (const auto& kind : kinds) {
    if (!wants(options, kind.role)) continue;
    if (!kind.configured && !options.roles.empty()) {
      logger.error("config_invalid",
                   fmt::format("{}: there is no section {}, so there is nothing to {}", config.path,
                               kind.section, kind.role));
      return std::nullopt;
    }
    if (!kind.configured) continue;
    roles.push_back(kind.load());
    if (!roles.back()) return std::nullopt;
  }
  return roles;
}

}  // namespace

int run_command(const Config& config, const RunOptions& options, Logger& logger) {
  const StopSignal stop;  // first: from here on SIGTERM is answered in good order
  const ReloadSignal reload;
  auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  DeliveryBoard deliveries;
  const auto roles = load_roles(config, options, *rules, deliveries, logger);
  if (!roles) return exit_problem;
  // Where another role cannot go on capture does: what is not read waits in the log, and what is
  // not captured would wait on PostgreSQL's disk.
  std::atomic<bool> captured{false};
  std::vector<int> codes(roles->size(), exit_done);
  std::vector<std::thread> threads;
  threads.reserve(roles->size());
  for (std::size_t number = 0; number < roles->size(); ++number)
    threads.emplace_back([&, number] {
      codes[number] = (*roles)[number]->run([&] { return captured.load() || stop.requested(); });
    });
  int code = exit_done;
  if (wants(options, "capture")) {
    code = run_capture_role(config, std::move(*rules), deliveries, stop, reload, logger);
    captured = true;
  }
  for (auto& thread : threads) thread.join();
  for (const auto of_role : codes)
    if (code == exit_done) code = of_role;
  return code;
}

}  // namespace wakestream::app
