#include <fmt/format.h>

#include "app/commands.h"
#include "app/output.h"
#include "app/policy/load_policy.h"
#include "app/policy/matrix_text.h"

namespace wakestream::app {

namespace {

std::optional<policy::ConsentState> state_named(std::string_view word) {
  for (const auto state : {policy::ConsentState::granted, policy::ConsentState::not_asked,
                           policy::ConsentState::denied, policy::ConsentState::unknown})
    if (to_string(state) == word) return state;
  return std::nullopt;
}

std::string unknown_name(std::string_view kind, std::string_view name,
                         const std::vector<std::string>& known) {
  return fmt::format("there is no {} {}; known: {}", kind, name, fmt::join(known, ", "));
}

}  // namespace

int policy_matrix_command(const std::string& config_path, const PolicyMatrixOptions& options,
                          Logger& logger) {
  const auto at = time_asked(options.policy, logger);
  const auto consent = state_named(options.consent);
  if (!at || !consent) return exit_usage;
  const auto policy = load_policy(options.policy.file, logger);
  if (!policy) return exit_problem;
  const auto shapes = load_shapes(*policy, config_path, options.policy, logger);
  if (!shapes) return exit_problem;
  const auto& definition = policy->definition();
  const auto banner = options.banner.empty() && definition.banners.size() > 0
                          ? std::optional<policy::NameId>(policy::NameId{0})
                          : definition.banners.find(options.banner);
  if (!banner) {
    logger.error("unknown_name",
                 unknown_name("banner", options.banner, definition.banners.names()));
    return exit_problem;
  }
  const policy::MatrixAsked asked{*banner, *consent, *at};
  std::vector<policy::ConsumerMatrix> matrices;
  for (const auto& name :
       options.consumers.empty() ? definition.consumer_names.names() : options.consumers) {
    const auto consumer = policy->consumer(name);
    if (!consumer) {
      logger.error("unknown_name",
                   unknown_name("consumer", name, definition.consumer_names.names()));
      return exit_problem;
    }
    matrices.push_back(matrix_of(*policy, *shapes, *consumer, asked));
  }
  Output output;
  output.line() += options.html ? matrix_as_html(*policy, matrices, asked)
                                : matrix_as_text(*policy, matrices, asked);
  return exit_done;
}

}  // namespace wakestream::app
