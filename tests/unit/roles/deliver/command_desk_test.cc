// Commands that are given while somebody delivers, and while nobody does: on a real embedded log.
#include "roles/deliver/command_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "log/embedded/embedded_log.h"
#include "log/for_each_record.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/store_rebuild.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::deliver {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr log::Milliseconds deadline{1'000};

class CommandDeskTest : public testing::Test {
 protected:
  void SetUp() override {
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
    const auto specs = topics_.specs(1);
    ASSERT_TRUE(log_->ensure_topics(specs, true, deadline));
    writer_ = open_writer(topics_.writer);
    control_ = open_writer(topics_.control_spec().writer);
    live();
  }

  std::unique_ptr<log::Writer> open_writer(const std::string& name) {
    log::WriterOptions options;
    options.name = name;
    return std::move(*log_->open_writer(options));
  }

  // Another life of whoever delivers: all that it knows is on record.
  void live() {
    desk_.reset();
    lanes_.reset();
    store_ = std::move(*LaneStoreFile::make());
    const auto recorded = rebuild(*log_, topics_, 1, deadline, *store_);
    ASSERT_TRUE(recorded) << recorded.error().message;
    lanes_ =
        std::make_unique<Lanes>(LaneSettings{}, std::vector<Progress>{Progress(1'000)}, *store_);
    desk_ = std::make_unique<CommandDesk>(*log_, topics_, "esp", "host 1",
                                          [](const log::StoredRecord&) { return true; });
    ASSERT_TRUE(desk_->begin(*recorded, *lanes_, *store_, records_, ++now_ms_));
    commit();
  }

  void give(std::string_view name, const std::string& consumer = "esp",
            const std::string& type = {}) {
    Command command;
    command.name = name;
    command.id = std::to_string(++given_);
    command.consumer = consumer;
    command.type = type;
    const auto value = encode_command(command);
    log::Record record;
    record.topic = topics_.control;
    record.key = command.id;
    record.value = value;
    ASSERT_TRUE(control_->begin());
    ASSERT_TRUE(control_->produce(record));
    ASSERT_TRUE(control_->commit({}));
  }

  void step() {
    ASSERT_TRUE(desk_->step(*lanes_, *store_, records_, now_ms_ += 1'000));
    records_.changes(lanes_->take_changes(), now_ms_);
    commit();
  }
  void commit() {
    ASSERT_TRUE(writer_->begin());
    ASSERT_TRUE(records_.produce(*writer_));
    ASSERT_TRUE(writer_->commit({}));
    records_.clear();
  }

  // "pause 1": which command, and what it moved.
  std::vector<std::string> decisions() {
    std::vector<std::string> found;
    EXPECT_TRUE(log::for_each_record(*log_, topics_.decisions, deadline, [&](const auto& record) {
      const auto decision = decode_decision(record.value);
      found.push_back(decision->command + " " + std::to_string(decision->moved));
      return true;
    }));
    return found;
  }

  void park(const std::string& account, std::int64_t offset, const std::string& type) {
    LaneState lane;
    lane.parked = true;
    lane.front = std::to_string(offset);
    lane.error = "answer 422";
    Changes changes;
    Letter letter;
    letter.event.offset = offset;
    letter.event.key = account;
    letter.event.value = "{}";
    letter.event.headers = {{"ce_id", lane.front}, {"ce_type", type}};
    changes.letters.push_back(letter);
    letter.event.offset = offset + 1;
    letter.event.headers[0].second = std::to_string(offset + 1);
    changes.letters.push_back(letter);
    changes.lanes[account] = {0, lane};
    records_.changes(changes, now_ms_);
    commit();
  }

  log::contract::TemporaryFolder folder_;
  const Topics topics_{"demo", "esp"};
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<log::Writer> control_;
  std::unique_ptr<LaneStoreFile> store_;
  std::unique_ptr<Lanes> lanes_;
  std::unique_ptr<CommandDesk> desk_;
  DeliveryRecords records_{topics_};
  std::int64_t now_ms_ = 1'000'000;
  int given_ = 0;
};

TEST_F(CommandDeskTest, a_pause_survives_and_so_does_a_resume) {
  give(Command::pause);
  step();
  EXPECT_TRUE(lanes_->paused());
  live();
  EXPECT_TRUE(desk_->state().paused);
  give(Command::resume);
  step();
  live();
  EXPECT_FALSE(desk_->state().paused);
  EXPECT_THAT(decisions(), ElementsAre("pause 0", "resume 0"));
}

// Its first start has put on record from where on it reads them.
TEST_F(CommandDeskTest, a_command_that_is_given_while_nobody_delivers_is_carried_out_afterwards) {
  desk_.reset();
  give(Command::pause);
  live();
  step();
  EXPECT_TRUE(desk_->state().paused);
  EXPECT_THAT(decisions(), ElementsAre("pause 0"));
  live();
  step();
  EXPECT_THAT(decisions(), ElementsAre("pause 0")) << "and once";
}

TEST_F(CommandDeskTest, another_consumers_command_is_left_alone) {
  give(Command::pause, "crm");
  step();
  EXPECT_FALSE(desk_->state().paused);
  EXPECT_THAT(decisions(), IsEmpty());
}

TEST_F(CommandDeskTest, a_replay_moves_what_was_chosen_and_says_how_much) {
  for (int number = 0; number < 5; ++number)
    park("account-" + std::to_string(number), number * 10,
         number < 3 ? "customer.moved" : "customer.created");
  live();
  give(Command::replay, "esp", "customer.moved");
  step();  // reads it
  step();
  EXPECT_THAT(decisions(), ElementsAre("replay 3"));
  EXPECT_EQ(store_->sums().lanes_parked, 2U);
  live();
  EXPECT_EQ(store_->sums().lanes_parked, 2U) << "on record";
  EXPECT_EQ(store_->sums().lanes_waiting, 3U);
  EXPECT_EQ(store_->sums().letters_waiting, 10U);
}

TEST_F(CommandDeskTest, what_its_schedule_did_is_on_record) {
  Decision ended;
  ended.command = Command::replay;
  ended.who = "schedule";
  ended.moved = 3;
  const ConsumerState::Schedule schedule{
      .line = "0 * * * *", .up_to_ms = 7, .moving = false, .probes = {{"acc-17", 4}}};
  desk_->scheduled(schedule, ended, now_ms_, records_);
  commit();
  live();
  EXPECT_EQ(desk_->state().schedule, schedule);
  EXPECT_THAT(decisions(), ElementsAre("replay 3"));
  give(Command::pause);
  step();
  live();
  EXPECT_EQ(desk_->state().schedule, schedule) << "a command leaves it alone";
}

}  // namespace
}  // namespace wakestream::deliver
