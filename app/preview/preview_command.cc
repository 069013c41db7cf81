#include "app/preview/preview_command.h"

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/preview/past_events.h"
#include "app/preview/preview.h"

namespace wakestream::preview {

namespace {

constexpr double watch_idle_s = 1;

// A combination that says nothing, in words; empty when it makes sense.
std::string nonsense(const PreviewOptions& options) {
  const bool of_log = options.from == "log";
  if (options.diff && options.rules.empty())
    return "--diff compares other rules with those of the configuration: name them, --rules FILE";
  if (options.json && !options.diff)
    return "--json is the form of --diff: events are JSON lines anyway";
  if (of_log && (options.diff || options.watch))
    return "the log holds events, not the row changes that they were made of: --diff and --watch "
           "take now, slot, snapshot or a recording (wakestream record)";
  if (options.from != "snapshot" && (!options.tables.empty() || !options.where.empty()))
    return "--table and --where choose rows of --from snapshot";
  return {};
}

}  // namespace

int preview_command(const std::string& config_path, const PreviewOptions& options,
                    app::Logger& logger) {
  if (const auto problem = nonsense(options); !problem.empty()) {
    logger.error("usage", problem);
    return app::exit_usage;
  }
  const bool live = options.from_server() || options.from == "log";
  app::Config config;
  if (live || options.diff || options.rules.empty()) {
    auto loaded = app::load_config(config_path);
    if (!loaded) {
      for (const auto& problem : loaded.error())
        logger.error("config_invalid", app::to_string(problem));
      return app::exit_problem;
    }
    config = std::move(*loaded);
  }
  if (options.from == "log") return show_past_events(config, options, logger);
  if (!options.watch) return Preview(std::move(config), options, logger).once();
  auto watching = options;
  if (options.from == "slot" && !options.until_idle_s) watching.until_idle_s = watch_idle_s;
  return Preview(std::move(config), watching, logger).watch();
}

}  // namespace wakestream::preview
