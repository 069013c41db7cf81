// What each way out costs, and that it leads out: after the change the machine itself is asked
// whether it would go on.
#include "roles/capture/checkpoint_change.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {

namespace {

using Kind = Consequence::Kind;
using testing::HasSubstr;

// A pipeline that read through 0/1000, and whose last event's commit ends at 0/900.
class CheckpointChangeTest : public MachineTest {
 protected:
  CheckpointChangeTest() {
    found.server = server();
    found.slot = slot_at(0x900).slot;
    found.wal_end = slot_at(0).wal_end;
    found.log = MachineTest::found(born_checkpoint());
  }

  StartPreview start() const { return preview_start(settings, found); }

  void carry_out(const ChangeResult& result) {
    ASSERT_TRUE(result.has_value()) << result.error();
    const auto before = found.log.checkpoint;
    change = *result;
    EXPECT_EQ(change.checkpoint.serial, before ? before->serial + 1 : 1);
    EXPECT_EQ(change.checkpoint.incarnation, settings.incarnation);
    found.log.checkpoint = change.checkpoint;
  }
  const Consequence* consequence(Kind kind) const {
    const auto at = std::find_if(change.consequences.begin(), change.consequences.end(),
                                 [kind](const auto& one) { return one.kind == kind; });
    return at == change.consequences.end() ? nullptr : &*at;
  }
  void expect_range(Kind kind, std::uint64_t from, std::uint64_t to) const {
    const auto* one = consequence(kind);
    ASSERT_NE(one, nullptr) << to_string(kind);
    EXPECT_EQ(one->from, cdc::Lsn{from}) << one->sentence;
    EXPECT_EQ(one->to, cdc::Lsn{to}) << one->sentence;
  }

  // The server was promoted, and left timeline 1 there.
  void promote(std::uint64_t switch_point) {
    found.server.server = "b:5432";
    found.server.timeline = 2;
    found.switches = {{1, cdc::Lsn{switch_point}}};
  }
  void split_at(std::uint64_t commit) {
    found.log.checkpoint->split = SplitPosition{cdc::Lsn{commit}, 10, cdc::Lsn{commit - 5}, 2};
  }

  Settings settings = test_settings();
  Situation found;
  Change change;
};

TEST_F(CheckpointChangeTest, a_start_that_goes_on_is_foreseen) {
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x1000});
  EXPECT_FALSE(start().makes_slot);
}

TEST_F(CheckpointChangeTest, a_first_start_is_foreseen) {
  found.slot.reset();
  found.log = MachineTest::found(std::nullopt);
  EXPECT_EQ(start().refusal, "");
  EXPECT_TRUE(start().makes_slot);
}

// --- set

TEST_F(CheckpointChangeTest, set_forward_loses_what_lies_between) {
  carry_out(set_position(settings, found, cdc::Lsn{0x2000}));
  expect_range(Kind::lost, 0x1000, 0x2000);
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x2000});
}

TEST_F(CheckpointChangeTest, set_back_repeats_what_was_emitted) {
  found.log.checkpoint->emitted_through = cdc::Lsn{0xF00};
  carry_out(set_position(settings, found, cdc::Lsn{0xA00}));
  expect_range(Kind::repeated, 0xA00, 0xF00);
  EXPECT_EQ(consequence(Kind::lost), nullptr);
  EXPECT_EQ(start().reads_from, cdc::Lsn{0xA00});
}

TEST_F(CheckpointChangeTest, set_back_over_idle_positions_costs_nothing) {
  carry_out(set_position(settings, found, cdc::Lsn{0x900}));
  EXPECT_TRUE(change.consequences.empty());
}

TEST_F(CheckpointChangeTest, set_cannot_go_where_the_slot_cannot) {
  const auto result = set_position(settings, found, cdc::Lsn{0x8FF});
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error(), HasSubstr("0/900"));
}

TEST_F(CheckpointChangeTest, set_cannot_go_behind_the_end_of_the_log) {
  found.wal_end = cdc::Lsn{0x1500};
  EXPECT_FALSE(set_position(settings, found, cdc::Lsn{0x1501}).has_value());
}

TEST_F(CheckpointChangeTest, set_to_where_it_stands_begins_a_split_transaction_anew) {
  split_at(0x1800);
  carry_out(set_position(settings, found, cdc::Lsn{0x1000}));
  EXPECT_FALSE(change.checkpoint.split.has_value());
  EXPECT_THAT(consequence(Kind::changed)->sentence, HasSubstr("10 row changes"));
  EXPECT_THAT(consequence(Kind::changed)->sentence, HasSubstr("come again"));
}

TEST_F(CheckpointChangeTest, set_behind_a_split_transaction_leaves_its_rest_out) {
  split_at(0x1800);
  carry_out(set_position(settings, found, cdc::Lsn{0x1801}));
  EXPECT_FALSE(change.checkpoint.split.has_value());
  EXPECT_THAT(consequence(Kind::changed)->sentence, HasSubstr("the rest of it is lost"));
}

TEST_F(CheckpointChangeTest, an_account_context_of_before_counts_for_nothing) {
  found.log.checkpoint->context = ContextProgress{"by banner", 1, cdc::Lsn{0x800}};
  carry_out(set_position(settings, found, cdc::Lsn{0x1000}));
  EXPECT_EQ(change.checkpoint.context, (ContextProgress{"by banner", 0, {}}));
  ASSERT_NE(consequence(Kind::changed), nullptr);
  EXPECT_THAT(consequence(Kind::changed)->sentence,
              HasSubstr("the account context is filled anew"));
}

TEST_F(CheckpointChangeTest, set_is_not_the_way_for_what_only_an_epoch_mends) {
  promote(0x800);
  EXPECT_THAT(set_position(settings, found, cdc::Lsn{0x1000}).error(),
              HasSubstr("checkpoint epoch"));
  found.server.system_identifier = 8;
  EXPECT_THAT(set_position(settings, found, cdc::Lsn{0x1000}).error(),
              HasSubstr("checkpoint epoch"));
}

// --- epoch

TEST_F(CheckpointChangeTest, epoch_leads_out_when_emitted_commits_are_gone) {
  found.log.checkpoint->emitted_through = cdc::Lsn{0xF00};
  promote(0xA00);
  ASSERT_THAT(start().refusal, HasSubstr("between 0/A00 and 0/F00"));
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint epoch"));
  carry_out(raise_epoch(settings, found));
  expect_range(Kind::stands, 0xA00, 0xF00);
  EXPECT_EQ(consequence(Kind::lost), nullptr);
  EXPECT_EQ(change.checkpoint.epoch, 2U);
  EXPECT_EQ(change.checkpoint.timeline, 2U);
  EXPECT_EQ(change.checkpoint.emitted_through, cdc::Lsn{0xA00});
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0xA00});
}

TEST_F(CheckpointChangeTest, epoch_leaves_a_split_that_never_committed_behind) {
  split_at(0x1800);
  promote(0x1700);
  ASSERT_NE(start().refusal, "");
  carry_out(raise_epoch(settings, found));
  expect_range(Kind::stands, 0x1700, 0x1800);
  EXPECT_FALSE(change.checkpoint.split.has_value());
  EXPECT_EQ(start().refusal, "");
}

TEST_F(CheckpointChangeTest, epoch_on_another_cluster_reads_where_the_slot_stands) {
  found.server.system_identifier = 8;
  found.slot = slot_at(0x5000).slot;
  ASSERT_NE(start().refusal, "");
  carry_out(raise_epoch(settings, found));
  expect_range(Kind::stands, 0, 0x900);
  expect_range(Kind::lost, 0, 0x5000);
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x5000});
}

TEST_F(CheckpointChangeTest, epoch_on_another_cluster_without_the_slot_has_it_made) {
  found.server.system_identifier = 8;
  found.wal_end = cdc::Lsn{0x300};  // a young one
  found.slot.reset();
  carry_out(raise_epoch(settings, found));
  EXPECT_NE(consequence(Kind::lost), nullptr);
  EXPECT_EQ(start().refusal, "");
  EXPECT_TRUE(start().makes_slot);
}

TEST_F(CheckpointChangeTest, epoch_leads_out_when_the_server_was_set_back_on_its_timeline) {
  found.wal_end = cdc::Lsn{0x800};
  found.slot.reset();
  ASSERT_THAT(start().refusal, HasSubstr("set back"));
  carry_out(raise_epoch(settings, found));
  expect_range(Kind::stands, 0, 0x900);
  EXPECT_EQ(start().refusal, "");
  EXPECT_TRUE(start().makes_slot);
}

TEST_F(CheckpointChangeTest, a_standby_that_is_behind_was_not_set_back) {
  found.wal_end = cdc::Lsn{0x800};
  found.server.in_recovery = true;
  found.server.version_num = 160000;
  EXPECT_EQ(start().refusal, "");
}

TEST_F(CheckpointChangeTest, epoch_leads_out_of_an_older_and_of_an_unrelated_timeline) {
  found.log.checkpoint->timeline = 3;
  found.server.timeline = 2;
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint epoch"));
  const auto before = found;
  carry_out(raise_epoch(settings, found));
  EXPECT_EQ(start().refusal, "");
  found = before;
  found.server.timeline = 4;
  found.switches = {{1, cdc::Lsn{0x100}}, {2, cdc::Lsn{0x200}}};
  ASSERT_THAT(start().refusal, HasSubstr("does not descend"));
  carry_out(raise_epoch(settings, found));
  EXPECT_EQ(start().refusal, "");
}

TEST_F(CheckpointChangeTest, epoch_accepts_another_number_of_partitions) {
  found.log.event_partition_count = 4;
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint epoch"));
  carry_out(raise_epoch(settings, found));
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x1000});
}

TEST_F(CheckpointChangeTest, epoch_where_nothing_is_wrong_only_raises_it) {
  carry_out(raise_epoch(settings, found));
  ASSERT_EQ(change.consequences.size(), 1U);
  EXPECT_EQ(change.checkpoint.epoch, 2U);
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x1000});
}

// --- adopt-slot

TEST_F(CheckpointChangeTest, adopt_slot_gives_up_what_the_slot_passed_over) {
  found.slot = slot_at(0x1200).slot;
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  expect_range(Kind::lost, 0x1000, 0x1200);
  EXPECT_EQ(change.checkpoint.epoch, 1U);
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x1200});
}

TEST_F(CheckpointChangeTest, adopt_slot_has_a_missing_one_made) {
  found.slot.reset();
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  expect_range(Kind::lost, 0x1000, 0);
  EXPECT_EQ(start().refusal, "");
  EXPECT_TRUE(start().makes_slot);
}

TEST_F(CheckpointChangeTest, adopt_slot_has_a_lost_one_made_anew) {
  found.slot->lost = true;
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  EXPECT_THAT(consequence(Kind::changed)->sentence, HasSubstr("dropped and made anew"));
  EXPECT_EQ(start().refusal, "");
  EXPECT_TRUE(start().makes_slot);
}

TEST_F(CheckpointChangeTest, adopt_slot_never_touches_a_slot_that_exists_beforehand) {
  settings.slot_existing = true;
  found.slot.reset();
  EXPECT_THAT(adopt_slot(settings, found, std::nullopt).error(), HasSubstr("slot: existing"));
}

TEST_F(CheckpointChangeTest, adopt_slot_leaves_somebody_elses_alone) {
  found.slot->plugin = "test_decoding";
  EXPECT_THAT(adopt_slot(settings, found, std::nullopt).error(), HasSubstr("another slot_name"));
  found.slot->plugin = "pgoutput";
  found.slot->database = "other";
  EXPECT_THAT(adopt_slot(settings, found, std::nullopt).error(), HasSubstr("another slot_name"));
}

TEST_F(CheckpointChangeTest, adopt_slot_takes_another_name) {
  settings.slot = "other";
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  EXPECT_EQ(consequence(Kind::lost), nullptr);
  EXPECT_EQ(change.checkpoint.slot, "other");
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x1000});
}

TEST_F(CheckpointChangeTest, adopt_slot_on_a_new_primary_without_one_follows_its_timeline) {
  promote(0xF00);
  found.slot.reset();
  carry_out(adopt_slot(settings, found, std::nullopt));
  expect_range(Kind::lost, 0xF00, 0);
  EXPECT_EQ(start().refusal, "");
}

TEST_F(CheckpointChangeTest, adopt_slot_ends_a_birth_that_a_setting_contradicts) {
  settings.slot_existing = true;
  found.log.checkpoint->birth = Birth::creating_slot;
  found.log.checkpoint->emitted_through = found.log.checkpoint->read_through = {};
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  EXPECT_EQ(consequence(Kind::lost), nullptr);
  EXPECT_EQ(change.checkpoint.born_at, cdc::Lsn{0x900});
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x900});
}

TEST_F(CheckpointChangeTest, adopt_slot_after_the_checkpoint_was_lost_begins_a_new_epoch) {
  found.log = MachineTest::found(std::nullopt);
  found.log.events_exist = true;
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, NewestEvent{3, cdc::Lsn{0x980}}));
  expect_range(Kind::repeated, 0x900, 0x981);
  EXPECT_EQ(change.checkpoint.epoch, 4U);
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x900});
  // And the way that it names leaves them out.
  carry_out(set_position(settings, found, cdc::Lsn{0x981}));
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x981});
}

TEST_F(CheckpointChangeTest, adopt_slot_takes_over_a_slot_that_no_checkpoint_knows) {
  found.log = MachineTest::found(std::nullopt);
  ASSERT_THAT(start().refusal, HasSubstr("wakestream checkpoint adopt-slot"));
  carry_out(adopt_slot(settings, found, std::nullopt));
  EXPECT_EQ(change.checkpoint.epoch, 1U);
  EXPECT_EQ(start().refusal, "");
  EXPECT_EQ(start().reads_from, cdc::Lsn{0x900});
}

TEST_F(CheckpointChangeTest, nothing_at_all_needs_no_way_out) {
  found.log = MachineTest::found(std::nullopt);
  found.slot.reset();
  EXPECT_FALSE(adopt_slot(settings, found, std::nullopt).has_value());
  EXPECT_FALSE(raise_epoch(settings, found).has_value());
  EXPECT_FALSE(set_position(settings, found, cdc::Lsn{1}).has_value());
}

}  // namespace

}  // namespace wakestream::capture
