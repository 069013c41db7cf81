#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string_view>
#include <thread>

#include "app/commands.h"
#include "app/config_loader.h"
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

Monitor::Options monitor_options(const Config& config) {
  Monitor::Options options;
  options.address = *config.metrics.listen;
  options.pipeline = config.pipeline;
  options.source.session = watch_session(config);
  options.source.slot = config.source.slot_name;
  options.source.lease_key = capture::lease_key(config.pipeline, config.source.slot_name);
  options.log_bytes = [&config] { return log_bytes(config); };
  return options;
}

int run_capture_role(const Config& config, mapping::RuleSet rules, const StopSignal& stop,
                     const ReloadSignal& reload, Logger& logger) {
  std::unique_ptr<Monitor> monitor;
  if (config.metrics.listen) {
    auto started = Monitor::start(monitor_options(config));
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

}  // namespace

int run_command(const Config& config, const RunOptions& options, Logger& logger) {
  const StopSignal stop;  // first: from here on SIGTERM is answered in good order
  const ReloadSignal reload;
  auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  if (!options.roles.empty() && wants(options, "publish") && !config.publish) {
    logger.error("config_invalid",
                 config.path + ": there is no section publish, so there is nothing to publish");
    return exit_problem;
  }
  std::unique_ptr<PublishRole> publish;
  if (config.publish && wants(options, "publish")) {
    publish = PublishRole::load(config, *rules, logger);
    if (!publish) return exit_problem;
  }
  if (publish && !wants(options, "capture"))
    return publish->run([&stop] { return stop.requested(); });
  if (!publish) return run_capture_role(config, std::move(*rules), stop, reload, logger);
  // Where publishing cannot go on capture does: what is not published waits in the log, and what is
  // not captured would wait on PostgreSQL's disk.
  std::atomic<bool> captured{false};
  int published = exit_done;
  std::thread publishing(
      [&] { published = publish->run([&] { return captured.load() || stop.requested(); }); });
  const auto code = run_capture_role(config, std::move(*rules), stop, reload, logger);
  captured = true;
  publishing.join();
  return code != exit_done ? code : published;
}

}  // namespace wakestream::app
