// What an operator asks of deliveries, and what came of it.
//
// A command is a record of the topic control.deliver, and names its consumer; its key is its id.
// Whoever delivers to that consumer carries it out, and writes its decision into the consumer's
// decisions topic, in the log transaction that does it: a command is done once, and whoever gave it
// can wait for the answer. A replay of many lanes is one command and one decision: what it moves is
// moved in several transactions, and the decision comes with the last. Where the consumer is
// divided (shares.h) each share does so for itself, and a command is done when all have decided.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "roles/deliver/letter.h"
#include "roles/deliver/log_choice.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

struct Command {
  static constexpr std::string_view pause = "pause";
  static constexpr std::string_view resume = "resume";
  static constexpr std::string_view replay = "replay";          // of dead letters and parked lanes
  static constexpr std::string_view replay_log = "replay_log";  // log_replay.h
  static constexpr std::string_view replay_stop = "replay_stop";  // the one out of the log

  std::string name;  // one of the above
  std::string id;
  std::string consumer;
  std::string who;  // "user@host", for people
  std::string why;  // as they said it
  std::int64_t given_at_ms = 0;
  // replay: of these alone; empty: of every one.
  std::string account;
  std::string type;    // event type
  std::string error;   // as `dlq list` shows it
  LogChoice log = {};  // replay_log

  friend bool operator==(const Command&, const Command&) = default;
};

struct Decision {
  reading::Share share = {};  // whose
  std::string id;
  std::string command;
  std::string who;
  std::string why;
  bool done = false;       // else refused
  bool more = false;       // it goes on, and another decision follows
  std::string reason;      // when refused
  std::int64_t moved = 0;  // replay: letters that are tried again, up to now
  std::string decided_by;  // the incarnation, for people
  std::int64_t decided_at_ms = 0;
};

std::string encode_command(const Command& command);
// The error is a sentence for an operator: an unknown command, or a member that is missing.
tl::expected<Command, std::string> decode_command(std::string_view json);

std::string encode_decision(const Decision& decision);
tl::expected<Decision, std::string> decode_decision(std::string_view json);

// Of a consumer as such, or of a share of it: whether it is paused, by whom and why. A record of
// the lanes topic under this key, in partition 0, or in the first one that the share has.
inline constexpr std::string_view consumer_state_key{"\0consumer", 9};
struct ConsumerState {
  // How far its schedule of replays has come (replay_schedule.h).
  struct Schedule {
    std::string line;           // whose the rest is; empty: it has no schedule
    std::int64_t up_to_ms = 0;  // its times up to there have been taken up, or passed over
    bool moving = false;        // a replay of all that it has to try again has begun
    std::vector<LetterName> probes = {};  // tried again before the others, and not judged yet

    friend bool operator==(const Schedule&, const Schedule&) = default;
  };

  std::int32_t share_count = 1;  // how the consumer was divided when this was written
  bool paused = false;
  std::string who;  // "receiver" where its answer said that it wants nothing any more
  std::string why;
  std::int64_t since_ms = 0;
  std::int64_t commands_read = 0;  // the next offset of the control topic
  Schedule schedule = {};

  friend bool operator==(const ConsumerState&, const ConsumerState&) = default;
};
std::string encode_state(const ConsumerState& state);
tl::expected<ConsumerState, std::string> decode_state(std::string_view json);

}  // namespace wakestream::deliver
