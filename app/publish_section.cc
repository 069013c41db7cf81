#include "app/publish_section.h"

#include <fmt/format.h>

#include <chrono>

namespace wakestream::app {

namespace {

void read_topic_names(const YAML::Node& node, std::map<std::string, std::string>& names,
                      yaml::Problems& problems) {
  if (!node.IsDefined()) return;
  if (!node.IsMap())
    return problems.add(node.Mark(),
                        "publish.topic_names must be a mapping of banners to names of letters, "
                        "digits, '-' and '_'");
  for (const auto& entry : node) {
    if (!entry.first.IsScalar() || !entry.second.IsScalar() || entry.second.Scalar().empty()) {
      problems.add(entry.first.Mark(),
                   "publish.topic_names must be a mapping of banners to names of letters, "
                   "digits, '-' and '_'");
    } else if (!names.emplace(entry.first.Scalar(), entry.second.Scalar()).second) {
      problems.add(entry.first.Mark(),
                   fmt::format("publish.topic_names.{} is given twice", entry.first.Scalar()));
    }
  }
}

}  // namespace

PublishConfig read_publish(const YAML::Node& node, const Config& config, yaml::Problems& problems) {
  yaml::YamlSection section(node, "publish", problems);
  PublishConfig publish;
  publish.consumer = section.text("consumer", publish.consumer);
  const auto as_events =
      std::visit([](const auto& log) { return log.event_partitions; }, config.log);
  publish.partitions = static_cast<std::int32_t>(section.count("partitions", as_events, 1, 1'000));
  const auto retention =
      section.duration("retention", std::chrono::hours{1}, std::chrono::days{36'500});
  if (retention) publish.retention = std::chrono::ceil<std::chrono::hours>(*retention);
  read_topic_names(section.node("topic_names"), publish.topic_names, problems);
  section.finish();
  if (node.IsMap() && config.policy.empty())
    problems.add(node.Mark(),
                 "publish needs a policy, which says what may stand in public topics: give its "
                 "path in policy");
  return publish;
}

}  // namespace wakestream::app
