// The program's metrics: facts in, prometheus-cpp's families out. docs/monitoring.md explains each
// one, and a test holds it to this.
//
// Made anew at each scrape; nothing is registered and nothing is kept, so that the capture loop
// pays nothing for them. Pure.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/http/delivery_families.h"
#include "app/http/feed.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

struct MetricSource {
  std::string pipeline;
  std::string version;
  capture::CaptureFacts facts;
  SourceView server;
  std::uint64_t removed_records = 0;      // by retention
  std::optional<std::int64_t> log_bytes;  // of an embedded log
  std::int64_t now_ms = 0;
  Deliveries deliveries = {};
};

// Every family is always there, so that what is asked for by name exists from the first scrape on.
std::vector<prometheus::MetricFamily> metric_families(const MetricSource& source);

}  // namespace wakestream::app
