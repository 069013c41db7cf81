// The role that publishes, as the configuration wants it: loaded whole or not at all, then run.
#pragma once

#include <functional>
#include <memory>

#include "app/config.h"
#include "app/logging.h"
#include "mapping/rule_set.h"

namespace wakestream::app {

class PublishRole {
 public:
  // Every problem of the policy, of what the configuration asks of it and of the topics' names has
  // been said when there is none. Reaches for no log. `config` and `logger` outlive it.
  static std::unique_ptr<PublishRole> load(const Config& config, const mapping::RuleSet& rules,
                                           Logger& logger);
  ~PublishRole();
  PublishRole(const PublishRole&) = delete;
  PublishRole& operator=(const PublishRole&) = delete;

  // Until `stop_requested`, which is asked a few times a second. The exit code.
  int run(std::function<bool()> stop_requested);

 private:
  struct State;
  explicit PublishRole(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wakestream::app
