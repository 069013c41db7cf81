#include "app/keys_section.h"

#include <string>
#include <utility>

#include "app/config_loader.h"

namespace wakestream::app {

namespace {

// As a folder is named by people: with or without a slash at its end.
std::string beside_log(const EmbeddedLogConfig& log) {
  auto path = log.path;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path.empty() ? path : path + ".keys";
}

}  // namespace

KeysConfig read_keys(const YAML::Node& node, const Config& config, const YAML::Mark& root,
                     yaml::Problems& problems) {
  KeysConfig keys;
  const auto* embedded = std::get_if<EmbeddedLogConfig>(&config.log);
  if (embedded != nullptr) keys.folder = beside_log(*embedded);
  if (!node.IsDefined()) {
    const auto* kafka = std::get_if<KafkaLogConfig>(&config.log);
    if (kafka != nullptr && config.context)
      problems.add(root,
                   "keys is missing: with log.kafka and a context it names the folder, or the "
                   "command, that has the key for pseudonyms of deleted accounts; every instance "
                   "must get the same one");
    return keys;
  }
  yaml::YamlSection section(node, "keys", problems);
  const auto folder = section.text("folder", "");
  if (!folder.empty()) keys.folder = beside(problems.file(), folder);
  if (section.has("command")) keys.command = section.texts("command");
  keys.timeout = std::chrono::seconds{section.count("timeout_s", keys.timeout.count(), 1, 60)};
  if (section.has("given_up")) keys.given_up = section.texts("given_up");
  section.finish();
  if (!node.IsMap()) return keys;
  if (section.has("folder") && section.has("command"))
    problems.add(node.Mark(), "keys must have one of folder and command");
  if (!section.has("folder") && !section.has("command") && embedded == nullptr)
    problems.add(node.Mark(), "keys must have one of folder and command");
  if (section.has("timeout_s") && !section.has("command"))
    problems.add(section.mark("timeout_s"), "keys.timeout_s is the command's, and there is none");
  return keys;
}

}  // namespace wakestream::app
