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

namespace {

std::int32_t take_share_count(JsonMembers& members) {
  const auto count = members.count("shares");
  if (count < 1) return members.fail<std::int32_t>("shares", "a count");
  return static_cast<std::int32_t>(count);
}

}  // namespace

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
    if (!decision.share.is_all()) {
      put(json, "share", std::int64_t{decision.share.number});
      put(json, "shares", std::int64_t{decision.share.count});
    }
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
    if (members.has("shares"))
      decision.share = {static_cast<std::int32_t>(members.count("share")),
                        take_share_count(members)};
    decision.decided_by = members.text("decided_by");
    decision.decided_at_ms = members.number("decided_at_ms");
  });
}

namespace {

void put_schedule(JsonWriter& json, const ConsumerState::Schedule& schedule) {
  json.Key("schedule");
  json.StartObject();
  put(json, "line", schedule.line);
  put(json, "up_to_ms", schedule.up_to_ms);
  put_flag(json, "moving", schedule.moving);
  json.Key("probes");
  json.StartArray();
  for (const auto& probe : schedule.probes) {
    json.StartObject();
    put(json, "account", probe.account);
    put(json, "offset", probe.offset);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

ConsumerState::Schedule take_schedule(JsonMembers& members, std::string& problem) {
  ConsumerState::Schedule schedule;
  JsonMembers inside(members.object("schedule"), problem);
  schedule.line = inside.text("line");
  schedule.up_to_ms = inside.number("up_to_ms");
  schedule.moving = take_flag(inside, "moving");
  const auto* probes = inside.find("probes");
  if (probes == nullptr || !probes->IsArray()) {
    inside.fail<int>("probes", "an array of letters");
    return schedule;
  }
  for (const auto& element : probes->GetArray()) {
    if (!element.IsObject()) {
      inside.fail<int>("probes", "an array of letters");
      return schedule;
    }
    JsonMembers probe(element, problem);
    schedule.probes.push_back({probe.text("account"), probe.number("offset")});
  }
  return schedule;
}

}  // namespace

std::string encode_state(const ConsumerState& state) {
  return write_record([&state](JsonWriter& json) {
    put_flag(json, "paused", state.paused);
    put(json, "who", state.who);
    put(json, "why", state.why);
    put(json, "since_ms", state.since_ms);
    put(json, "commands_read", state.commands_read);
    if (state.share_count > 1) put(json, "shares", std::int64_t{state.share_count});
    if (!state.schedule.line.empty()) put_schedule(json, state.schedule);
  });
}

tl::expected<ConsumerState, std::string> decode_state(std::string_view text) {
  return read_record<ConsumerState>(
      text, "the consumer's state",
      [](JsonMembers& members, ConsumerState& state, std::string& problem) {
        state.paused = take_flag(members, "paused");
        state.who = members.text("who");
        state.why = members.text("why");
        state.since_ms = members.number("since_ms");
        state.commands_read = members.number("commands_read");
        if (members.has("shares")) state.share_count = take_share_count(members);
        if (members.has("schedule")) state.schedule = take_schedule(members, problem);
      });
}

}  // namespace wakestream::deliver
