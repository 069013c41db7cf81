// One preview: rules loaded, a source opened, row changes looked at until there is a reason to end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/logging.h"
#include "app/output.h"
#include "app/preview/frame_source.h"
#include "app/preview/preview_command.h"
#include "app/preview/row_pump.h"
#include "app/preview/rules_in_force.h"
#include "app/stop_signal.h"
#include "mapping/rule_set.h"

namespace wakestream::preview {

class Preview {
 public:
  // Why a round did not come to its end: problems of rules, or a sentence.
  struct Failure {
    std::vector<mapping::Error> rule_problems;
    std::string problem;
    bool try_again = false;
  };

  Preview(app::Config config, const PreviewOptions& options, app::Logger& logger)
      : config_(std::move(config)), options_(options), logger_(logger), output_(options.discard) {}

  // The whole command, once. The exit code.
  int once();
  // Again and again, each time that a rule file changes, until a signal.
  int watch();

 private:
  std::optional<Failure> round(const std::function<bool()>& interrupted);
  std::optional<Failure> load();
  std::optional<Failure> open();
  std::optional<Failure> open_snapshot();
  std::optional<Failure> misfits() const;
  const std::vector<std::string>& rule_paths() const {
    return options_.rules.empty() ? config_.rules : options_.rules;
  }
  bool from_file() const { return !options_.from_server(); }
  int say(const Failure& failure);

  app::Config config_;
  const PreviewOptions& options_;
  app::Logger& logger_;
  app::StopSignal stop_;
  app::Output output_;
  std::optional<mapping::RuleSet> rules_;
  std::optional<mapping::RuleSet> of_files_;  // with --diff: those of the configuration
  RulesInForce in_force_;
  std::unique_ptr<FrameSource> source_;  // none: of a snapshot
  std::unique_ptr<RowPump> pump_;
  bool differs_ = false;
};

}  // namespace wakestream::preview
