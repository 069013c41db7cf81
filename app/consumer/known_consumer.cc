#include "app/consumer/known_consumer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "mapping/nearest_name.h"

namespace wakestream::app {

bool is_known_consumer(const Config& config, const std::string& name, Logger& logger) {
  std::vector<std::string_view> names;
  for (const auto& consumer : config.consumers) names.emplace_back(consumer.name.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  const auto nearest = mapping::nearest_name(name, names);
  logger.error("no_such_consumer",
               fmt::format("{} has no consumer {}{}", config.path, name,
                           nearest.empty() ? "" : fmt::format(" (is it {}?)", nearest)));
  return false;
}

}  // namespace wakestream::app
