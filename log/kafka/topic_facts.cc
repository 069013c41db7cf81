#include "log/kafka/topic_facts.h"

#include <utility>

namespace wakestream::log::kafka {

void TopicRegistry::put(const std::string& topic, TopicFacts facts) {
  const std::lock_guard lock(mutex_);
  auto& known = topics_[topic];
  facts.writers.merge(known.writers);
  known = std::move(facts);
}

std::optional<TopicFacts> TopicRegistry::find(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(topic);
  return found == topics_.end() ? std::nullopt : std::optional{found->second};
}

std::map<std::string, TopicFacts> TopicRegistry::of_writer(const std::string& writer) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, TopicFacts> found;
  for (const auto& [topic, facts] : topics_) {
    if (facts.writers.contains(writer)) found.emplace(topic, facts);
  }
  return found;
}

}  // namespace wakestream::log::kafka
