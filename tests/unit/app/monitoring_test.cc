#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "app/http/health.h"
#include "app/http/metric_families.h"
#include "app/listen_address.h"

namespace wakestream::app {
namespace {

using capture::CaptureFacts;
using capture::State;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t now_ms = 1'790'000'000'000;

CaptureFacts facts_in(State state) {
  CaptureFacts facts;
  facts.at_ms = now_ms - 100;
  facts.state = state;
  facts.state_since_ms = now_ms - 5'000;
  return facts;
}

TEST(ListenAddressTest, a_port_alone_is_for_this_machine) {
  EXPECT_EQ(parse_listen_address("9464"), (ListenAddress{"127.0.0.1", 9464}));
  EXPECT_TRUE(parse_listen_address("9464")->to_this_machine_only());
}

TEST(ListenAddressTest, an_address_may_be_a_name_ipv4_or_ipv6_in_brackets) {
  EXPECT_EQ(parse_listen_address("0.0.0.0:1"), (ListenAddress{"0.0.0.0", 1}));
  EXPECT_FALSE(parse_listen_address("0.0.0.0:1")->to_this_machine_only());
  EXPECT_EQ(parse_listen_address("localhost:80"), (ListenAddress{"localhost", 80}));
  EXPECT_EQ(parse_listen_address("[::1]:80"), (ListenAddress{"::1", 80}));
  EXPECT_EQ(to_string(*parse_listen_address("[::1]:80")), "[::1]:80");
}

TEST(ListenAddressTest, anything_else_is_no_address) {
  for (const auto* text : {"", ":80", "::1:80", "host:", "host:99999", "host:-1", "80x", "host"})
    EXPECT_FALSE(parse_listen_address(text)) << text;
}

TEST(HealthTest, a_loop_that_turns_is_healthy_whatever_it_waits_for) {
  for (const auto state : {State::streaming, State::leasing, State::offline, State::log_away})
    EXPECT_TRUE(healthy(facts_in(state), now_ms).good) << to_string(state);
}

TEST(HealthTest, a_loop_that_stands_still_is_not) {
  auto facts = facts_in(State::streaming);
  facts.at_ms = now_ms - 61'000;
  const auto health = healthy(facts, now_ms);
  EXPECT_FALSE(health.good);
  EXPECT_THAT(health.reasons, ElementsAre(HasSubstr("has not turned for 61 s")));
  EXPECT_FALSE(ready(facts, {}, now_ms).good) << "whatever it did last";
}

TEST(HealthTest, only_streaming_is_ready) {
  for (int at = 0; at < capture::state_count; ++at) {
    const auto state = static_cast<State>(at);
    const auto health = ready(facts_in(state), {}, now_ms);
    EXPECT_EQ(health.good, state == State::streaming) << to_string(state);
    EXPECT_EQ(health.reasons.empty(), health.good) << to_string(state);
  }
}

TEST(HealthTest, says_what_it_waits_for) {
  auto facts = facts_in(State::leasing);
  facts.waits_for = "lease_waiting";
  facts.waits_because = "another instance holds the lease";
  EXPECT_EQ(stage_of(facts), Stage::waiting);
  EXPECT_THAT(ready(facts, {}, now_ms).reasons,
              ElementsAre("waiting for 5.0 s: another instance holds the lease"));
}

class MetricFamiliesTest : public testing::Test {
 protected:
  const prometheus::MetricFamily& family(const std::string& name) {
    families = metric_families({"demo", "1.2.3", facts, {}, 0, {}, now_ms});
    for (const auto& each : families) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name << " is not there";
    return families.front();
  }
  // The sample whose last label has this value.
  const prometheus::ClientMetric& sample(const std::string& name, const std::string& label) {
    const auto& found = family(name);
    for (const auto& metric : found.metric) {
      if (metric.label.back().value == label) return metric;
    }
    ADD_FAILURE() << name << " has no sample for " << label;
    return found.metric.front();
  }

  CaptureFacts facts = facts_in(State::streaming);
  std::vector<prometheus::MetricFamily> families;
};

TEST_F(MetricFamiliesTest, every_sample_names_its_pipeline) {
  for (const auto& each : metric_families({"demo", "1", facts, {}, 0, {}, now_ms})) {
    EXPECT_FALSE(each.help.empty()) << each.name;
    for (const auto& metric : each.metric) {
      EXPECT_EQ(metric.label.front().name, "pipeline") << each.name;
      EXPECT_EQ(metric.label.front().value, "demo") << each.name;
    }
  }
}

TEST_F(MetricFamiliesTest, every_type_and_every_rule_has_a_sample_before_its_first_event) {
  facts.durable.emplace();
  facts.durable->event_types = {"customer.created", "customer.moved"};
  facts.committed.events = {3};
  facts.committed.add_quarantined("customer.moved");
  facts.committed.add_quarantined("");
  EXPECT_EQ(sample("wakestream_events_total", "customer.created").counter.value, 3);
  EXPECT_EQ(sample("wakestream_events_total", "customer.moved").counter.value, 0);
  EXPECT_EQ(sample("wakestream_quarantined_rows_total", "customer.created").counter.value, 0);
  EXPECT_EQ(sample("wakestream_quarantined_rows_total", "customer.moved").counter.value, 1);
  EXPECT_EQ(sample("wakestream_quarantined_rows_total", "").counter.value, 1);
}

TEST_F(MetricFamiliesTest, exactly_one_stage_is_on) {
  double sum = 0;
  for (const auto& metric : family("wakestream_stage").metric) sum += metric.gauge.value;
  EXPECT_EQ(sum, 1);
  EXPECT_EQ(sample("wakestream_stage", "streaming").gauge.value, 1);
}

TEST_F(MetricFamiliesTest, buckets_are_cumulative_and_end_in_infinity) {
  facts.log_commit.add(0.003);
  facts.log_commit.add(0.003);
  facts.log_commit.add(100);
  const auto& histogram = family("wakestream_log_commit_seconds").metric.front().histogram;
  EXPECT_EQ(histogram.sample_count, 3u);
  EXPECT_EQ(histogram.bucket.front().cumulative_count, 0u);
  EXPECT_EQ(histogram.bucket[histogram.bucket.size() - 2].cumulative_count, 2u);
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 3u);
  EXPECT_TRUE(std::isinf(histogram.bucket.back().upper_bound));
}

TEST_F(MetricFamiliesTest, the_page_explains_every_metric_and_no_other) {
  std::ifstream page(WAKESTREAM_SOURCE_DIR "/docs/monitoring.md");
  ASSERT_TRUE(page);
  std::vector<std::string> explained;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `wakestream_")) continue;
    const auto end = line.find('`', 3);
    explained.push_back(line.substr(3, end - 3));
  }
  std::vector<std::string> made;
  for (const auto& each : metric_families({"demo", "1", facts, {}, 0, {}, now_ms}))
    made.push_back(each.name);
  EXPECT_THAT(explained, testing::UnorderedElementsAreArray(made));
}

}  // namespace
}  // namespace wakestream::app
