#include "app/http/monitor.h"

#include <prometheus/text_serializer.h>

#include <chrono>

#include "app/http/health.h"
#include "app/http/metric_families.h"
#include "app/http/process_status.h"
#include "app/output.h"
#include "cdc/wall_time.h"

namespace wakestream::app {

namespace {

using cdc::wall_ms;

HttpAnswer answer_of(const Health& health, const char* good, const char* bad) {
  HttpAnswer answer;
  answer.status = health.good ? 200 : 503;
  answer.body = R"({"status":")";
  answer.body += health.good ? good : bad;
  answer.body += R"(","reasons":[)";
  for (const auto& reason : health.reasons) {
    if (&reason != &health.reasons.front()) answer.body += ',';
    append_json_string(answer.body, reason);
  }
  answer.body += "]}\n";
  return answer;
}

}  // namespace

tl::expected<std::unique_ptr<Monitor>, std::string> Monitor::start(Options options) {
  std::unique_ptr<Monitor> monitor(new Monitor(std::move(options)));
  capture::CaptureFacts before_the_first;
  before_the_first.at_ms = before_the_first.started_ms = wall_ms();
  monitor->board_.leave(std::move(before_the_first));
  auto server = HttpServer::start(monitor->options_.address, monitor->handlers());
  if (!server) return tl::make_unexpected(server.error());
  monitor->server_ = std::move(*server);
  return monitor;
}

HttpServer::Handlers Monitor::handlers() {
  return {
      {"/metrics",
       [this] {
         const auto families = metric_families(
             {options_.pipeline, WAKESTREAM_VERSION, board_.facts(), source_.view(),
              board_.removed_records(), options_.log_bytes ? options_.log_bytes() : std::nullopt,
              wall_ms(), options_.deliveries ? options_.deliveries->deliveries() : Deliveries{}});
         return HttpAnswer{200, "text/plain; version=0.0.4; charset=utf-8",
                           prometheus::TextSerializer().Serialize(families)};
       }},
      {"/healthz",
       [this] { return answer_of(healthy(board_.facts(), wall_ms()), "healthy", "unhealthy"); }},
      {"/readyz",
       [this] {
         const auto now_ms = wall_ms();
         const auto facts = board_.facts();
         return answer_of(ready(facts, feed_of(facts, source_.view(), now_ms), now_ms), "ready",
                          "not ready");
       }},
      {"/status",
       [this] {
         HttpAnswer answer;
         answer.body = process_status(
             {options_.pipeline, WAKESTREAM_VERSION, board_.facts(), source_.view(), wall_ms()});
         return answer;
       }},
  };
}

}  // namespace wakestream::app
