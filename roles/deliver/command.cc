#include "roles/deliver/command.h"

#include <algorithm>
#include <array>

#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

using capture::JsonMembers;
using capture::JsonWriter;
using capture::put;

namespace {

void put_bound(JsonWriter& json, const char* lsn, const char* ms, const LogBound& bound) {
  put(json, lsn, bound.lsn ? cdc::to_string(*bound.lsn) : std::string());
  put(json, ms, bound.ms);
}

LogBound take_bound(JsonMembers& members, const char* lsn, const char* ms) {
  LogBound bound;
  if (const auto text = members.text(lsn); !text.empty()) {
    bound.lsn = cdc::parse_lsn(text);
    if (!bound.lsn) return members.fail<LogBound>(lsn, "an LSN");
  }
  bound.ms = members.number(ms);
  return bound;
}

void put_choice(JsonWriter& json, const LogChoice& choice) {
  put(json, "account", choice.account);
  put(json, "type", choice.type);
  put_bound(json, "since_lsn", "since_ms", choice.since);
  put_bound(json, "until_lsn", "until_ms", choice.until);
}

LogChoice take_choice(JsonMembers& members) {
  LogChoice choice;
  choice.account = members.text("account");
  choice.type = members.text("type");
  choice.since = take_bound(members, "since_lsn", "since_ms");
  choice.until = take_bound(members, "until_lsn", "until_ms");
  return choice;
}

}  // namespace

std::string encode_command(const Command& command) {
  return write_record([&command](JsonWriter& json) {
    put(json, "command", command.name);
    put(json, "id", command.id);
    put(json, "consumer", command.consumer);
    put(json, "who", command.who);
    put(json, "why", command.why);
    put(json, "given_at_ms", command.given_at_ms);
    if (command.name == Command::replay_log) put_choice(json, command.log);
    if (command.name != Command::replay) return;
    put(json, "account", command.account);
    put(json, "type", command.type);
    put(json, "error", command.error);
  });
}

tl::expected<Command, std::string> decode_command(std::string_view text) {
  auto read = read_record<Command>(text, "the command", [](JsonMembers& members, Command& command) {
    command.name = members.text("command");
    command.id = members.text("id");
    command.consumer = members.text("consumer");
    command.who = members.text("who");
    command.why = members.text("why");
    command.given_at_ms = members.number("given_at_ms");
    // A limit that is not there would be taken for none: more would be replayed than was asked.
    if (command.name == Command::replay_log) command.log = take_choice(members);
    if (command.name != Command::replay) return;
    command.account = members.text("account");
    command.type = members.text("type");
    command.error = members.text("error");
  });
  constexpr std::array known{Command::pause, Command::resume, Command::replay, Command::replay_log,
                             Command::replay_stop};
  if (read && std::ranges::find(known, read->name) == known.end())
    return tl::make_unexpected("the command is not one that this release knows");
  return read;
}

std::string encode_decision(const Decision& decision) {
  return write_record([&decision](JsonWriter& json) {
    put(json, "id", decision.id);
    put(json, "command", decision.command);
    put(json, "who", decision.who);
    put(json, "why", decision.why);
    put(json, "outcome",
        std::string_view{!decision.done  ? "refused"
                         : decision.more ? "going on"
                                         : "done"});
    put(json, "reason", decision.reason);
    put(json, "moved", decision.moved);
    put(json, "decided_by", decision.decided_by);
    put(json, "decided_at_ms", decision.decided_at_ms);
  });
}

tl::expected<Decision, std::string> decode_decision(std::string_view text) {
  return read_record<Decision>(text, "the decision", [](JsonMembers& members, Decision& decision) {
    decision.id = members.text("id");
    decision.command = members.text("command");
    decision.who = members.text("who");
    decision.why = members.text("why");
    const auto outcome = members.text("outcome");
    decision.more = outcome == "going on";
    decision.done = decision.more || outcome == "done";
    if (!decision.done && outcome != "refused")
      members.fail<int>("outcome", "done, going on or refused");
    decision.reason = members.text("reason");
    decision.moved = members.number("moved");
    decision.decided_by = members.text("decided_by");
    decision.decided_at_ms = members.number("decided_at_ms");
  });
}

std::string encode_state(const ConsumerState& state) {
  return write_record([&state](JsonWriter& json) {
    put_flag(json, "paused", state.paused);
    put(json, "who", state.who);
    put(json, "why", state.why);
    put(json, "since_ms", state.since_ms);
    put(json, "commands_read", state.commands_read);
  });
}

tl::expected<ConsumerState, std::string> decode_state(std::string_view text) {
  return read_record<ConsumerState>(text, "the consumer's state",
                                    [](JsonMembers& members, ConsumerState& state) {
                                      state.paused = take_flag(members, "paused");
                                      state.who = members.text("who");
                                      state.why = members.text("why");
                                      state.since_ms = members.number("since_ms");
                                      state.commands_read = members.number("commands_read");
                                    });
}

}  // namespace wakestream::deliver
