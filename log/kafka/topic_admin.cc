#include "log/kafka/topic_admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "log/kafka/broker_error.h"
#include "log/kafka/end_offsets.h"

namespace wakestream::log::kafka {

namespace {

constexpr Milliseconds retry_pause{50};

std::string policy_of(Cleanup cleanup) {
  return cleanup == Cleanup::compact ? "compact" : "delete";
}

std::vector<std::pair<std::string, std::string>> settings_of(const TopicSpec& spec,
                                                             const TopicPlan& plan) {
  std::vector<std::pair<std::string, std::string>> settings{
      {"cleanup.policy", policy_of(spec.cleanup)},
      {"max.message.bytes", std::to_string(plan.batch_bytes_max)},
  };
  if (spec.cleanup == Cleanup::compact) {
    settings.insert(settings.end(), {
                                        {"delete.retention.ms", "60000"},
                                        {"min.cleanable.dirty.ratio", "0.05"},
                                        {"segment.ms", "600000"},
                                        {"segment.bytes", "4194304"},
                                    });
  } else {
    settings.emplace_back("retention.ms", std::to_string(Milliseconds{spec.retention}.count()));
  }
  return settings;
}

// An admin request goes to a queue of its own; waiting is cut into steps so that callbacks can say
// why nothing comes.
Result<EventPtr> wait_for_answer(const Client& admin, rd_kafka_queue_t* queue,
                                 const Deadline& deadline, const std::string& what) {
  while (true) {
    EventPtr event{rd_kafka_queue_poll(queue, deadline.left_ms(Milliseconds{200}))};
    admin.poll(0);
    if (event != nullptr) {
      const auto code = rd_kafka_event_error(event.get());
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
      if (may_heal(code)) return tl::unexpected(admin.no_answer(deadline, what));
      return tl::unexpected(admin.refusal(code, what));
    }
    if (deadline.passed() || admin.notes().refused())
      return tl::unexpected(admin.no_answer(deadline, what));
  }
}

AdminOptionsPtr admin_options(const Client& admin, rd_kafka_admin_op_t operation,
                              const Deadline& deadline) {
  AdminOptionsPtr options{rd_kafka_AdminOptions_new(admin.get(), operation)};
  char ignored[128];
  const int left_ms = std::max(1, deadline.left_ms());
  rd_kafka_AdminOptions_set_request_timeout(options.get(), left_ms, ignored, sizeof(ignored));
  // Without it the broker may answer before the topics are there.
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), left_ms, ignored, sizeof(ignored));
  }
  return options;
}

// The names of those that it made.
Result<std::set<std::string>> create_topics(const Client& admin,
                                            const std::vector<const TopicSpec*>& specs,
                                            const TopicPlan& plan, const Deadline& deadline) {
  std::vector<NewTopicPtr> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const TopicSpec* spec : specs) {
    char why[256] = "";
    NewTopicPtr topic{rd_kafka_NewTopic_new(spec->name.c_str(), spec->partition_count,
                                            plan.replication_factor, why, sizeof(why))};
    if (topic == nullptr) {
      return tl::unexpected(
          Error{ErrorKind::bad_option, fmt::format("topic {}: {}", spec->name, why)});
    }
    for (const auto& [name, value] : settings_of(*spec, plan)) {
      rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
    }
    raw.push_back(topic.get());
    topics.push_back(std::move(topic));
  }
  const QueuePtr queue{rd_kafka_queue_new(admin.get())};
  const auto options = admin_options(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline);
  rd_kafka_CreateTopics(admin.get(), raw.data(), raw.size(), options.get(), queue.get());
  const auto event = wait_for_answer(admin, queue.get(), deadline, "creation of topics");
  if (!event) return tl::unexpected(event.error());

  std::set<std::string> created;
  std::size_t count = 0;
  const auto* const* answers =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (std::size_t at = 0; at < count; ++at) {
    const auto code = rd_kafka_topic_result_error(answers[at]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
      created.emplace(rd_kafka_topic_result_name(answers[at]));
    // Somebody else made it a moment ago: it will be judged like any other that was there.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      continue;
    const char* text = rd_kafka_topic_result_error_string(answers[at]);
    return tl::unexpected(Error{
        kind_of(code),
        fmt::format("Kafka did not create topic {}: {}", rd_kafka_topic_result_name(answers[at]),
                    text != nullptr ? text : rd_kafka_err2str(code))});
  }
  return created;
}

struct TopicSettings {
  std::string cleanup_policy;
  std::int64_t batch_bytes_max = 0;
  std::int32_t copies_in_sync_min = 0;
};

TopicSettings read_settings(const rd_kafka_ConfigResource_t* answer) {
  TopicSettings settings;
  std::size_t count = 0;
  const auto* const* entries = rd_kafka_ConfigResource_configs(answer, &count);
  for (std::size_t at = 0; at < count; ++at) {
    const std::string_view name = rd_kafka_ConfigEntry_name(entries[at]);
    const char* value = rd_kafka_ConfigEntry_value(entries[at]);
    if (value == nullptr) continue;
    const std::string_view text = value;
    if (name == "cleanup.policy") settings.cleanup_policy = text;
    if (name == "max.message.bytes")
      std::from_chars(text.data(), text.data() + text.size(), settings.batch_bytes_max);
    if (name == "min.insync.replicas")
      std::from_chars(text.data(), text.data() + text.size(), settings.copies_in_sync_min);
  }
  return settings;
}

// The settings of every topic, or the code of the first topic that has none to show.
Result<std::map<std::string, TopicSettings>> describe_once(const Client& admin,
                                                           std::span<const TopicSpec> specs,
                                                           const Deadline& deadline,
                                                           rd_kafka_resp_err_t& code,
                                                           std::string& culprit) {
  std::vector<ConfigResourcePtr> resources;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const auto& spec : specs) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec.name.c_str()));
    raw.push_back(resources.back().get());
  }
  const QueuePtr queue{rd_kafka_queue_new(admin.get())};
  const auto options = admin_options(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline);
  rd_kafka_DescribeConfigs(admin.get(), raw.data(), raw.size(), options.get(), queue.get());
  const auto event = wait_for_answer(admin, queue.get(), deadline, "settings of topics");
  if (!event) return tl::unexpected(event.error());

  std::map<std::string, TopicSettings> found;
  std::size_t count = 0;
  const auto* const* answers = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t at = 0; at < count; ++at) {
    code = rd_kafka_ConfigResource_error(answers[at]);
    culprit = rd_kafka_ConfigResource_name(answers[at]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    found.emplace(culprit, read_settings(answers[at]));
  }
  return found;
}

Result<std::map<std::string, TopicSettings>> describe_topics(const Client& admin,
                                                             std::span<const TopicSpec> specs,
                                                             const Deadline& deadline) {
  while (true) {
    auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string culprit;
    auto found = describe_once(admin, specs, deadline, code, culprit);
    if (!found || code == RD_KAFKA_RESP_ERR_NO_ERROR) return found;
    const std::string what = "settings of topic " + culprit + " (needs DESCRIBE_CONFIGS)";
    // Brokers learn of a new topic one after the other; the one that answers may not have.
    const bool not_yet = may_heal(code) || kind_of(code) == ErrorKind::topic_missing;
    if (!not_yet) return tl::unexpected(admin.refusal(code, what));
    if (deadline.passed()) return tl::unexpected(admin.no_answer(deadline, what));
    std::this_thread::sleep_for(retry_pause);
  }
}

// The partitions of topics that are there by now or will be in a moment.
Result<TopicLayout> wait_for_topic(const Client& admin, const std::string& topic,
                                   const Deadline& deadline) {
  while (true) {
    auto layout = layout_of(admin, topic, deadline);
    if (layout || layout.error().kind != ErrorKind::topic_missing || deadline.passed())
      return layout;
    std::this_thread::sleep_for(retry_pause);
  }
}

Error missing_topics(const std::vector<const TopicSpec*>& missing) {
  std::string names;
  for (const TopicSpec* spec : missing) {
    names += fmt::format("{}{} ({} partition(s), cleanup.policy={})", names.empty() ? "" : ", ",
                         spec->name, spec->partition_count, policy_of(spec->cleanup));
  }
  return {ErrorKind::topic_missing,
          fmt::format(
              "Kafka has no topic {}; create it, or allow wakestream to (log.kafka.create_topics)",
              names)};
}

}  // namespace

Result<std::vector<TopicShape>> ensure_topics(const Client& admin, std::span<const TopicSpec> specs,
                                              const TopicPlan& plan, TopicRegistry& registry,
                                              const Deadline& deadline) {
  if (specs.empty()) return std::vector<TopicShape>{};
  std::vector<const TopicSpec*> missing;
  for (const auto& spec : specs) {
    const auto count = partition_count(admin, spec.name, deadline);
    if (count) continue;
    if (count.error().kind != ErrorKind::topic_missing) return tl::unexpected(count.error());
    missing.push_back(&spec);
  }
  std::set<std::string> created;
  if (!missing.empty()) {
    if (!plan.may_create) return tl::unexpected(missing_topics(missing));
    auto made = create_topics(admin, missing, plan, deadline);
    if (!made) return tl::unexpected(made.error());
    created = std::move(*made);
  }

  std::vector<TopicShape> shapes;
  for (const auto& spec : specs) {
    const auto layout = wait_for_topic(admin, spec.name, deadline);
    if (!layout) return tl::unexpected(layout.error());
    shapes.push_back({.name = spec.name,
                      .partition_count = layout->partition_count,
                      .created = created.contains(spec.name),
                      .copies = layout->copies});
  }
  const auto settings = describe_topics(admin, specs, deadline);
  if (!settings) return tl::unexpected(settings.error());
  for (std::size_t at = 0; at < specs.size(); ++at) {
    const auto& spec = specs[at];
    const auto described = settings->find(spec.name);
    if (described == settings->end()) {
      return tl::unexpected(
          Error{ErrorKind::corrupt, "Kafka left out the settings of topic " + spec.name});
    }
    const auto& found = described->second;
    if (found.cleanup_policy != policy_of(spec.cleanup)) {
      return tl::unexpected(
          Error{ErrorKind::topic_shape,
                fmt::format(
                    "topic {} has cleanup.policy={}, but needs {}: change it, or use another topic",
                    spec.name, found.cleanup_policy, policy_of(spec.cleanup))});
    }
    shapes[at].copies_in_sync_min = found.copies_in_sync_min;
    shapes[at].record_bytes_max = std::min(found.batch_bytes_max, plan.batch_bytes_max);
    registry.put(spec.name, {.writers = {spec.writer},
                             .partition_count = shapes[at].partition_count,
                             .batch_bytes_max = found.batch_bytes_max});
  }
  return shapes;
}

}  // namespace wakestream::log::kafka
