// `wakestream preview`: what rules make of row changes, or how two sets of rules differ; nothing is
// written, and the pipeline's slot stays where it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/logging.h"

namespace wakestream::preview {

// Events appear, vanish or change (--diff).
inline constexpr int exit_differs = 3;

struct PreviewOptions {
  std::string from = "now";         // now, slot, snapshot, log, or a recording
  std::vector<std::string> tables;  // of a snapshot; none: those that the rules take rows of
  std::string where;                // of its one table
  std::vector<std::string> rules;   // none: those of the configuration
  bool diff = false;
  bool watch = false;
  bool json = false;
  bool discard = false;
  bool show_values = false;
  std::optional<double> until_idle_s;
  std::optional<std::uint64_t> limit;

  bool from_server() const { return from == "now" || from == "slot" || from == "snapshot"; }
};

// `config_path` is not read when a recording and rules are named.
int preview_command(const std::string& config_path, const PreviewOptions& options,
                    app::Logger& logger);

}  // namespace wakestream::preview
