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
           "take now, slot or a recording (wakestream record)";
  return {};
}

}  // namespace

void add_preview(CLI::App& app, PreviewOptions& options) {
  auto* preview = app.add_subcommand(
      "preview", "Show the events that the rules would emit, as JSON lines; nothing is written");
  preview
      ->add_option("--from", options.from,
                   "now: changes from this moment on; slot: what the pipeline's slot has not "
                   "confirmed, from a copy of it; log: past events beside today's rules; or a "
                   "recording's path")
      ->capture_default_str();
  preview->add_option("--rules", options.rules, "rule files instead of those of the configuration");
  preview->add_flag("--diff", options.diff,
                    "compare --rules with those of the configuration: which events appear, vanish "
                    "and change, counted and by example. Exit code 3 when any does");
  preview->add_flag("--json", options.json, "with --diff: the comparison as one JSON object");
  preview->add_flag("--watch", options.watch,
                    "again whenever a rule file is saved: its first mistake, or the result");
  preview
      ->add_option("--until-idle", options.until_idle_s,
                   "end when nothing has come for so many seconds")
      ->check(CLI::PositiveNumber);
  preview
      ->add_option("--limit", options.limit, "end after so many events (with --diff: row changes)")
      ->check(CLI::PositiveNumber);
  preview->add_flag("--null", options.discard,
                    "make the lines and write none of them (for measurements)");
  preview->add_flag("--show-values", options.show_values,
                    "show the rows that could not become events, with their values");
  preview->footer(
      "  wakestream preview -c wakestream.yaml --from slot --until-idle 2 | head\n"
      "  wakestream preview -c wakestream.yaml --from slot --until-idle 2 --rules new.sql --diff\n"
      "  wakestream preview --from changes.rec --rules rules/customer.sql --watch");
}

int preview_command(const std::string& config_path, const PreviewOptions& options,
                    app::Logger& logger) {
  if (const auto problem = nonsense(options); !problem.empty()) {
    logger.error("usage", problem);
    return app::exit_usage;
  }
  const bool live = options.from == "now" || options.from == "slot" || options.from == "log";
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
