// `wakestream policy ...`: a policy's file looked at; no database, no log, and no key of the policy
// is asked for.
#pragma once

#include <string>
#include <vector>

#include "app/logging.h"

namespace wakestream::app {

struct PolicyOptions {
  std::string file = "policy.yaml";
  std::vector<std::string> rules;  // none: those of the configuration
  std::string at;                  // a day; empty: now
};

struct PolicyExplainOptions {
  PolicyOptions policy;
  std::string event;  // a file whose first line is an event as tail or preview prints it; or -
  std::string consumer;
  bool all = false;  // rules that do not hold, too
};

struct PolicyMatrixOptions {
  PolicyOptions policy;
  std::vector<std::string> consumers;  // none: every one
  std::string banner;                  // empty: the first
  std::string consent = "granted";
  bool html = false;
};

struct PolicyDiffOptions {
  PolicyOptions policy;  // before
  std::string after;
};

// `config_path` is read only when no rules are named.
int policy_test_command(const std::string& config_path, const PolicyOptions& options,
                        Logger& logger);
int policy_prove_command(const PolicyOptions& options, Logger& logger);
int policy_explain_command(const std::string& config_path, const PolicyExplainOptions& options,
                           Logger& logger);
int policy_matrix_command(const std::string& config_path, const PolicyMatrixOptions& options,
                          Logger& logger);
int policy_diff_command(const std::string& config_path, const PolicyDiffOptions& options,
                        Logger& logger);

}  // namespace wakestream::app
