#include "app/context_section.h"

#include <filesystem>

#include "app/config_loader.h"
#include "mapping/context_rule.h"
#include "mapping/yaml_context.h"

namespace wakestream::app {

namespace {

std::string store_of(yaml::YamlSection& section, const Config& config, yaml::Problems& problems) {
  const auto given = section.text("store", "");
  if (!given.empty()) return beside(problems.file(), given);
  const auto* embedded = std::get_if<EmbeddedLogConfig>(&config.log);
  if (embedded != nullptr && !embedded->path.empty())
    return (std::filesystem::path(embedded->path) / (config.pipeline + ".context")).string();
  if (std::holds_alternative<KafkaLogConfig>(config.log))
    problems.add(section.mark("store"),
                 "context.store is missing: with log.kafka it names the file that keeps what is "
                 "known of accounts on this machine; it may be lost at any time");
  return {};
}

}  // namespace

ContextConfig read_context(const YAML::Node& node, const Config& config, std::string_view text,
                           yaml::Problems& problems) {
  const auto before = problems.count();
  yaml::YamlSection section(node, "context", problems);
  ContextConfig context;
  if (node.IsMap())
    context.source = mapping::read_yaml_context(section, mapping::YamlText(text), problems);
  context.store = node.IsMap() ? store_of(section, config, problems) : std::string();
  context.memory_bytes =
      section.size("memory", context.memory_bytes, 1U << 20U, std::uint64_t{16} << 30U);
  section.finish();
  if (problems.count() > before) return context;
  const auto rule = mapping::ContextRule::parse(context.source);
  if (!rule)
    for (const auto& error : rule.error())
      problems.add_at(error.line, error.column, "context: " + error.message);
  return context;
}

}  // namespace wakestream::app
