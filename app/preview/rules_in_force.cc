#include "app/preview/rules_in_force.h"

#include <fmt/format.h>

#include "app/open_log.h"
#include "app/read_checkpoint.h"

namespace wakestream::preview {

namespace {

constexpr log::Milliseconds deadline{3'000};

RulesInForce not_known(const std::string& why) {
  return {RulesInForce::Are::not_known,
          {},
          fmt::format("compared with the rules of the configuration's files; whether the pipeline "
                      "runs with them is not known: {}",
                      why)};
}

}  // namespace

RulesInForce look_at_rules_in_force(const app::Config& config, const mapping::RuleSet& of_files) {
  auto event_log = app::open_log(config);
  if (!event_log) return not_known(event_log.error().message);
  const auto checkpoint = app::read_checkpoint(**event_log, config.pipeline, deadline);
  if (!checkpoint) return not_known(checkpoint.error().message);
  if (!*checkpoint) return not_known("nothing was captured yet");
  const auto& hash = (*checkpoint)->rules_hash;
  if (hash == of_files.hash()) return {RulesInForce::Are::those_of_the_files, hash, {}};
  return {RulesInForce::Are::others, hash,
          fmt::format("compared with the rules of the configuration's files ({}), and the pipeline "
                      "runs with others ({}, since {}): the files were changed and not reloaded, "
                      "or these are not its files. Compare with the files that it was given, or "
                      "let it take these: wakestream rules reload",
                      of_files.hash(), hash, cdc::to_string((*checkpoint)->rules_since.lsn))};
}

std::string_view to_string(RulesInForce::Are are) {
  switch (are) {
    case RulesInForce::Are::those_of_the_files:
      return "those of the files";
    case RulesInForce::Are::others:
      return "others";
    case RulesInForce::Are::not_known:
      return "not known";
  }
  return "";
}

}  // namespace wakestream::preview
