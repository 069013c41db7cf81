// The capture machine with a well-behaved world around it: verbs that lead it to where a test
// begins.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "roles/capture/machine.h"
#include "roles/capture/transitions.h"

namespace wakestream::capture {

inline Settings test_settings() {
  Settings settings;
  settings.pipeline = "demo";
  settings.incarnation = {"host", 1, 100};
  settings.slot = "wakestream";
  settings.rules_hash = "r1";
  settings.event_types = {"customer.created"};
  settings.transaction_records_max = 10;
  return settings;
}

inline Checkpoint born_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.pipeline = "demo";
  checkpoint.incarnation = {"host", 9, 1};
  checkpoint.serial = 4;
  checkpoint.server = "a:5432";
  checkpoint.system_identifier = 7;
  checkpoint.timeline = 1;
  checkpoint.slot = "wakestream";
  checkpoint.birth = Birth::born;
  checkpoint.event_partition_count = 1;
  checkpoint.emitted_through = cdc::Lsn{0x900};
  checkpoint.read_through = cdc::Lsn{0x1000};
  checkpoint.rules_hash = "r1";
  checkpoint.event_types = {"customer.created"};
  return checkpoint;
}

class MachineTest : public testing::Test {
 protected:
  explicit MachineTest(Settings settings = test_settings()) : machine(std::move(settings)) {}

  // Feeds one input and keeps the actions that came of it.
  void feed(const Input& input) {
    const auto from = machine.state();
    const auto span = machine.step(now, input);
    const auto to = machine.state();
    EXPECT_TRUE(from == to || allowed(from, name_of(input), to))
        << to_string(from) << " + " << name_of(input) << " -> " << to_string(to);
    actions.assign(span.begin(), span.end());
    for (const auto& action : actions) {
      if (const auto* exit = std::get_if<action::Exit>(&action)) exit_reason = exit->reason;
    }
  }
  void pass_ms(std::int64_t duration_ms) {
    now.mono_ms += duration_ms;
    now.wall_ms += duration_ms;
    feed(input::Tick{});
  }
  template <class A>
  const A* find() const {
    for (const auto& action : actions) {
      if (const auto* found = std::get_if<A>(&action)) return found;
    }
    return nullptr;
  }

  static input::Connected server() {
    input::Connected answer;
    answer.server = "a:5432";
    answer.database = "db";
    answer.system_identifier = 7;
    answer.timeline = 1;
    answer.version_num = 150000;
    answer.wal_level = "logical";
    return answer;
  }
  static input::Connected standby() {
    auto answer = server();
    answer.in_recovery = true;
    answer.version_num = 180000;
    return answer;
  }
  static input::SlotFound slot_at(std::uint64_t confirmed) {
    return {input::SlotFound::Slot{"pgoutput", "db", false, 0, false, false, cdc::Lsn{confirmed},
                                   "", false},
            cdc::Lsn{0x1'000'000}};
  }
  static input::CheckpointRead found(std::optional<Checkpoint> checkpoint) {
    return {std::move(checkpoint), 1, false};
  }
  // What a broker that does not say why has done.
  static input::InDoubt doubt() { return {{log::ErrorKind::in_doubt, "timed out"}}; }
  static input::PostgresFailed cut() { return {{cdc::ErrorKind::connection_failed, "cut", {}}}; }

  void connect(const input::Connected& answer = server()) {
    feed(input::Tick{});
    feed(answer);
  }
  void take_lease() { feed(input::LeaseAnswered{true, ""}); }
  // Up to the settled reading of `checkpoint`.
  void read(const std::optional<Checkpoint>& checkpoint,
            const input::Connected& answer = server()) {
    connect(answer);
    take_lease();
    feed(found(checkpoint));
    feed(input::WriterOpened{});
    feed(found(checkpoint));
    if (machine.state() == State::identifying) feed(input::Identified{answer});
  }
  void stream(const Checkpoint& checkpoint = born_checkpoint(),
              const input::Connected& answer = server(),
              const input::SlotFound& slot = slot_at(0x900)) {
    read(checkpoint, answer);
    feed(slot);
    feed(input::RulesChecked{});
    feed(input::Committed{});
    feed(input::StreamStarted{});
    ASSERT_EQ(machine.state(), State::streaming) << exit_reason;
  }
  void row(std::uint64_t ordinal, std::uint64_t lsn, std::uint64_t records = 1) {
    feed(input::RowReceived{ordinal, cdc::Lsn{lsn}});
    if (find<action::MapRow>() == nullptr) return;
    mapped.push_back(ordinal);
    feed(input::RowMapped{records, records * 100});
  }
  // A whole transaction of `rows` rows, each with one record.
  void transaction(std::uint64_t commit, std::uint64_t rows) {
    feed(input::Began{cdc::Lsn{commit}});
    for (std::uint64_t ordinal = 1; ordinal <= rows; ++ordinal)
      row(ordinal, commit - rows + ordinal);
    feed(input::Ended{cdc::Lsn{commit}, cdc::Lsn{commit + 8}});
  }

  Machine machine;
  Time now{1'000'000, 1'700'000'000'000};
  std::vector<Action> actions;  // of the last input
  std::vector<std::uint64_t> mapped;
  std::string exit_reason;
};

}  // namespace wakestream::capture
