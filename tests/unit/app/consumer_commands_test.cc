// Commands to a consumer's deliveries, and how each consumer stands, on an embedded log.
#include <thread>

#include "app/consumer/consumer_control.h"
#include "app/consumer/consumer_list.h"
#include "app/dead_letters/replay_letters.h"
#include "log/for_each_record.h"
#include "tests/unit/app/dead_letters_fixture.h"

namespace wakestream::app {
namespace {

using testing::HasSubstr;

class ConsumerCommandsTest : public DeadLettersTest {
 protected:
  // Waits for a command, and decides.
  std::jthread decide(bool done, std::int64_t moved = 0) {
    auto reader = std::move(*log_->open_reader(topics_.control, log::ReadFrom::latest));
    return std::jthread([this, done, moved, reader = std::move(reader)](std::stop_token stop) {
      while (!stop.stop_requested()) {
        const auto batch = reader->poll(1, log::Milliseconds{50});
        ASSERT_TRUE(batch);
        if (batch->records.empty()) continue;
        const auto command = deliver::decode_command(batch->records.front().value);
        ASSERT_TRUE(command) << command.error();
        given_ = *command;
        deliver::Decision decision;
        decision.id = command->id;
        decision.command = command->name;
        decision.why = command->why;
        decision.done = done;
        decision.reason = done ? "" : "it cannot be";
        decision.moved = moved;
        put(decision);
        commit();
        return;
      }
    });
  }

  deliver::Command given_;
};

TEST_F(ConsumerCommandsTest, a_pause_is_given_with_its_reason_and_its_decision_is_printed) {
  begin_deliveries();
  auto decider = decide(true);
  const auto text =
      printed(consumer_pause_command, ConsumerControlOptions{"esp", {.why = "they move"}});
  decider.join();
  EXPECT_EQ(given_.name, "pause");
  EXPECT_EQ(given_.consumer, "esp");
  EXPECT_EQ(given_.why, "they move");
  EXPECT_THAT(given_.who, HasSubstr("@"));
  EXPECT_THAT(text, HasSubstr(R"("outcome":"done")"));
}

TEST_F(ConsumerCommandsTest, a_refusal_ends_with_1) {
  begin_deliveries();
  auto decider = decide(false);
  printed(consumer_resume_command, ConsumerControlOptions{"esp", {}}, 1);
  decider.join();
  EXPECT_EQ(given_.name, "resume");
}

TEST_F(ConsumerCommandsTest, where_nobody_decides_the_command_stays_and_it_ends_with_75) {
  begin_deliveries();
  printed(consumer_pause_command, ConsumerControlOptions{"esp", {.timeout_s = 0.01}}, 75);
  std::string found;
  ASSERT_TRUE(log::for_each_record(*log_, topics_.control, log::Milliseconds{1'000},
                                   [&found](const log::StoredRecord& record) {
                                     found += deliver::decode_command(record.value)->name;
                                     return true;
                                   }));
  EXPECT_EQ(found, "pause");
}

// Whoever begins afterwards would not read it.
TEST_F(ConsumerCommandsTest, before_deliveries_begin_no_command_is_given) {
  printed(consumer_pause_command, ConsumerControlOptions{"esp", {.timeout_s = 0.01}}, 1);
  EXPECT_FALSE(log_->end_offsets(topics_.control, log::Milliseconds{1'000}));
}

TEST_F(ConsumerCommandsTest, a_replay_is_given_with_what_it_is_about_and_says_what_it_moved) {
  begin_deliveries();
  auto decider = decide(true, 17);
  const auto text = printed(
      replay_letters_command,
      ReplayLettersOptions{.consumer = "esp", .choice = {"4711", "customer.moved", "answer 422"}});
  decider.join();
  EXPECT_EQ(given_.name, "replay");
  EXPECT_EQ(given_.account, "4711");
  EXPECT_EQ(given_.type, "customer.moved");
  EXPECT_EQ(given_.error, "answer 422");
  EXPECT_EQ(text, "{\"outcome\":\"done\",\"id\":\"" + given_.id + "\",\"moved\":17}\n");
}

TEST_F(ConsumerCommandsTest, the_list_says_who_is_paused_and_why_what_waits_and_how_far_behind) {
  begin_deliveries();
  const log::TopicSpec events{topics_.events, "capture", 2};
  ASSERT_TRUE(log_->ensure_topics({&events, 1}, true, log::Milliseconds{1'000}));
  log::WriterOptions options;
  options.name = "capture";
  auto capture = std::move(*log_->open_writer(options));
  ASSERT_TRUE(capture->begin());
  for (const int partition : {0, 0, 0, 1, 1}) {
    log::Record record;
    record.topic = topics_.events;
    record.partition = partition;
    ASSERT_TRUE(capture->produce(record));
  }
  ASSERT_TRUE(capture->commit({}));
  park("a", 10, "answer 422", 422, noon_ms, 2);
  put({.paused = true, .who = "jo@host", .why = "they move", .since_ms = noon_ms});
  commit({topics_.group, {{topics_.events, 0, 2}, {topics_.events, 1, 2}}});
  EXPECT_EQ(
      printed(consumer_list_command, ConsumerListOptions{}),
      "esp  1 event(s) behind; paused by jo@host since 2026-07-01T12:00:00.000000Z: they move\n"
      "    1 lane(s) parked, 0 tried again; 3 letter(s) wait; 0 dead letter(s)\n"
      "crm  deliveries have not begun; 5 event(s) behind\n");
  EXPECT_THAT(
      printed(consumer_list_command, ConsumerListOptions{.json = true}),
      HasSubstr(
          R"({"consumer":"esp","begun":true,"behind":1,"paused":true,"who":"jo@host",)"
          R"("why":"they move","since":"2026-07-01T12:00:00.000000Z","lanes_parked":1,)"
          R"("lanes_waiting":0,"letters_waiting":3,"letters_dead":0,"lanes_bulk":0,"letters_bulk":0})"));
  deliver::LaneState lane;
  lane.bulk = true;
  put("b", lane);
  auto bulk = letter("b", 20);
  bulk.event.headers.emplace_back("ce_bulk", "backfill");
  put(bulk);
  commit();
  EXPECT_THAT(printed(consumer_list_command, ConsumerListOptions{}),
              HasSubstr("    1 lane(s) parked, 0 tried again; 3 letter(s) wait; 0 dead letter(s)\n"
                        "    1 event(s) of bulk changes wait for room, in 1 lane(s)\n"));
}

}  // namespace
}  // namespace wakestream::app
