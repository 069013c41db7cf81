// Gives a command to whoever carries it out, the capture that owns the pipeline or the deliveries
// to a consumer, and waits for what is decided.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/config.h"
#include "app/logging.h"
#include "roles/capture/command.h"
#include "roles/deliver/command.h"

namespace wakestream::app {

struct GiveOptions {
  std::string why{};      // goes into the log with the command and its decision
  double timeout_s = 30;  // how long to wait for the next decision
};

// Who asks, when, and under which id: for whatever an operator has put on record.
struct OperatorSignature {
  std::int64_t at_ms = 0;
  std::string id;
  std::string who;  // "user@host"
};
OperatorSignature sign_as_operator();

// Fills in the id, who and when; writes the command; and waits. Returns the exit code: 0 done,
// 1 refused (the reason was said), 75 no decision yet (the command stays, and is carried out when
// whoever it is for runs). `decided` is called with each decision, one a step, also when it is a
// refusal.
int give_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger, const std::function<void(const capture::Decision&)>& decided);
// To those who deliver to the consumer that the command names. Where it is divided (shares.h) each
// share decides, and all are waited for; refused by one it is refused, but for what ends something:
// that is done where one had something to end.
int give_command(const Config& config, deliver::Command command, const GiveOptions& options,
                 Logger& logger, const std::function<void(const deliver::Decision&)>& decided);

// Writes it and does not wait: what is done is that it is on record. 0 when it is.
int note_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger);

}  // namespace wakestream::app
