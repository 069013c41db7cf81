// prometheus-cpp's families, filled one after the other.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cdc/lsn.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

inline double metric_seconds(std::int64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000;
}
inline double metric_number(std::uint64_t count) { return static_cast<double>(count); }
inline double metric_number(cdc::Lsn lsn) { return static_cast<double>(lsn.value()); }

// Behind each family's name stands its help; each sample has the label `pipeline` and at most one
// more.
class Families {
 public:
  explicit Families(std::string pipeline) : pipeline_(std::move(pipeline)) {}

  Families& gauge(std::string name, std::string help) {
    families_.push_back(
        {"wakestream_" + std::move(name), std::move(help), prometheus::MetricType::Gauge, {}});
    return *this;
  }
  Families& counter(std::string name, std::string help) {
    families_.push_back({"wakestream_" + std::move(name) + "_total",
                         std::move(help),
                         prometheus::MetricType::Counter,
                         {}});
    return *this;
  }
  Families& sample(double value, std::string label = {}, std::string label_value = {}) {
    auto& family = families_.back();
    prometheus::ClientMetric metric;
    metric.label.push_back({"pipeline", pipeline_});
    if (!label.empty()) metric.label.push_back({std::move(label), std::move(label_value)});
    if (family.type == prometheus::MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    family.metric.push_back(std::move(metric));
    return *this;
  }
  void histogram(std::string name, std::string help, const capture::DurationTally& tally) {
    prometheus::MetricFamily family{
        "wakestream_" + std::move(name), std::move(help), prometheus::MetricType::Histogram, {}};
    prometheus::ClientMetric metric;
    metric.label.push_back({"pipeline", pipeline_});
    metric.histogram.sample_count = tally.count;
    metric.histogram.sample_sum = tally.sum;
    std::uint64_t so_far = 0;
    for (std::size_t at = 0; at < tally.counts.size(); ++at) {
      so_far += tally.counts[at];
      metric.histogram.bucket.push_back({so_far, capture::DurationTally::upper_bounds[at]});
    }
    metric.histogram.bucket.push_back({tally.count, std::numeric_limits<double>::infinity()});
    family.metric.push_back(std::move(metric));
    families_.push_back(std::move(family));
  }
  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  std::string pipeline_;
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace wakestream::app
