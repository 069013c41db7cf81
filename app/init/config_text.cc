#include <fmt/format.h>

#include "app/init/outputs.h"

namespace wakestream::init {

namespace {

// Source: PostgreSQL documentation, "Connection Strings": quotes and backslashes are escaped.
std::string conninfo_value(const std::string& value) {
  const bool plain = !value.empty() && value.find_first_of(" '\\") == std::string::npos;
  if (plain) return value;
  std::string quoted = "'";
  for (const char byte : value) {
    if (byte == '\'' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return quoted + "'";
}

std::string yaml_text(const std::string& value) {
  std::string quoted = "\"";
  for (const char byte : value) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return quoted + "\"";
}

}  // namespace

std::string config_text(const cdc::ConninfoFacts& target, const Naming& naming) {
  std::string url;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      url += fmt::format("{}{}={}", url.empty() ? "" : " ", name, conninfo_value(value));
  };
  add("host", target.host);
  add("port", target.port);
  add("dbname", target.database);
  add("user", naming.role);
  if (target.sslmode != "prefer") add("sslmode", target.sslmode);
  add("sslrootcert", target.sslrootcert);
  auto text = fmt::format(
      "# One pipeline, proposed by wakestream init. docs/configuration.md explains each key.\n\n"
      "pipeline: {}  # topics are wakestream.{}.events and so on\n\n"
      "source:\n"
      "  # The password comes from PGPASSWORD or ~/.pgpass; or write password=${{env:NAME}} or "
      "password=${{file:PATH}} here.\n"
      "  url: {}\n"
      "  slot_name: {}\n"
      "  publication: {}\n\n"
      "log:\n",
      yaml_text(naming.pipeline), naming.pipeline, yaml_text(url), naming.slot,
      yaml_text(naming.publication));
  if (naming.kafka_brokers.empty())
    text +=
        "  # A folder on this machine. When one machine is not enough: kafka: with brokers.\n"
        "  embedded:\n    path: log\n";
  else
    text += fmt::format("  kafka:\n    brokers: {}\n", yaml_text(naming.kafka_brokers));
  return text + "\nrules:\n  - rules.sql\n";
}

}  // namespace wakestream::init
