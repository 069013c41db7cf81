#include "app/consumer/consumer_control.h"

#include "app/commands.h"
#include "app/consumer/known_consumer.h"
#include "app/output.h"

namespace wakestream::app {

namespace {

int control(const Config& config, std::string_view name, const ConsumerControlOptions& options,
            Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  deliver::Command command;
  command.name = name;
  command.consumer = options.consumer;
  return give_command(config, std::move(command), options.give, logger,
                      [](const deliver::Decision& decision) {
                        Output output;
                        output.line() += encode_decision(decision);
                        output.end_line();
                      });
}

}  // namespace

int consumer_pause_command(const Config& config, const ConsumerControlOptions& options,
                           Logger& logger) {
  return control(config, deliver::Command::pause, options, logger);
}

int consumer_resume_command(const Config& config, const ConsumerControlOptions& options,
                            Logger& logger) {
  return control(config, deliver::Command::resume, options, logger);
}

}  // namespace wakestream::app
