#include "cdc/snapshot/snapshot_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdc/snapshot/touched_rows.h"

namespace wakestream::cdc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ServerSnapshot, says_who_is_seen) {
  const auto snapshot = parse_server_snapshot("10:20:12,15");
  ASSERT_TRUE(snapshot);
  for (const std::uint64_t xid : {1, 9, 10, 11, 13, 19}) EXPECT_TRUE(snapshot->sees(xid)) << xid;
  for (const std::uint64_t xid : {12, 15, 20, 21}) EXPECT_FALSE(snapshot->sees(xid)) << xid;
  EXPECT_TRUE(parse_server_snapshot("10:10:"));
  for (const auto* text : {"", "10", "10:", "10:20", "20:10:", "10:20:9", "10:20:20", "10:20:12;13",
                           "a:b:", "10:20:12,x"})
    EXPECT_FALSE(parse_server_snapshot(text)) << text;
}

TEST(ExtendXid, finds_the_transaction_near_the_snapshot_across_the_wrap) {
  constexpr std::uint64_t epoch = 1ULL << 32U;
  EXPECT_EQ(extend_xid(700, 5 * epoch + 800), 5 * epoch + 700);
  EXPECT_EQ(extend_xid(900, 5 * epoch + 800), 5 * epoch + 900);
  EXPECT_EQ(extend_xid(0xFFFFFFF0, 5 * epoch + 5), 5 * epoch - 16) << "from before the wrap";
  EXPECT_EQ(extend_xid(5, 5 * epoch - 16), 5 * epoch + 5) << "from behind the wrap";
}

using Kind = KeyState::Kind;

class Window : public testing::Test {
 protected:
  void streamed(std::uint32_t xid, const std::vector<std::uint64_t>& keys,
                std::uint64_t commit = 100) {
    window.began(xid, Lsn{commit});
    for (const auto key : keys) window.is_unknown(key);
    window.ended();
  }
  static ChunkSight sees(const char* snapshot) { return {parse_server_snapshot(snapshot), {}, {}}; }
  Kind kind_of(std::uint64_t key, const ChunkSight& sight) {
    return window.state_of(key, sight).kind;
  }
  std::vector<std::uint64_t> changed(const ChunkSight& sight) {
    std::vector<std::uint64_t> keys;
    for (std::uint64_t key = 0; key < 10; ++key)
      if (kind_of(key, sight) != Kind::as_read) keys.push_back(key);
    return keys;
  }

  SnapshotWindow window;
};

TEST_F(Window, what_an_unseen_transaction_did_counts_and_what_the_chunk_shows_does_not) {
  streamed(11, {1, 2});
  const auto sight = sees("12:15:12,13");
  EXPECT_THAT(window.judge(sees("10:12:")), IsEmpty());
  streamed(12, {3});
  streamed(14, {4});
  streamed(20, {5, 5, 6});
  EXPECT_THAT(changed(sight), ElementsAre(3, 5, 6));
}

TEST_F(Window, the_last_that_happened_to_a_key_counts) {
  const Relation relation{7, "t", "account", ReplicaIdentity::standard, {{"id", 20, -1, true}}, 1};
  const std::vector<Value> row{Value::of("1")};
  const std::vector<Value> unsent{Value::not_sent()};
  const auto sight = sees("10:10:");
  window.judge(sight);
  window.began(11, Lsn{1});
  window.is_gone(1);
  window.is_row(1, relation, row);
  window.is_row(2, relation, row);
  window.is_gone(2);
  window.is_row(3, relation, row);
  window.is_row(3, relation, unsent);
  window.ended();
  ASSERT_EQ(kind_of(1, sight), Kind::as_streamed);
  EXPECT_EQ(window.state_of(1, sight).image->row.at(0, 0).text, "1");
  EXPECT_EQ(window.state_of(1, sight).image->relation->name, "account");
  EXPECT_EQ(kind_of(2, sight), Kind::gone);
  EXPECT_EQ(kind_of(3, sight), Kind::unknown);
}

TEST_F(Window, what_ran_when_it_began_may_have_been_streamed_before) {
  streamed(12, {});
  EXPECT_THAT(window.judge(sees("10:20:10,12,15")), ElementsAre(10, 15)) << "12 was streamed since";
  streamed(15, {1});
  EXPECT_THAT(window.judge(sees("10:22:10,15,20")), ElementsAre(10)) << "20 began later";
  EXPECT_THAT(changed(sees("10:22:10,15,20")), ElementsAre(1));
  EXPECT_THAT(window.judge(sees("15:25:15,20")), IsEmpty());
}

TEST_F(Window, a_commit_that_waits_for_a_standby_counts_until_it_is_seen) {
  EXPECT_THAT(window.judge(sees("10:10:")), IsEmpty());
  streamed(10, {7});
  for (const auto* later : {"10:12:10", "10:500:10", "10:90000:10"}) {
    EXPECT_THAT(window.judge(sees(later)), IsEmpty());
    EXPECT_THAT(changed(sees(later)), ElementsAre(7)) << later;
  }
  EXPECT_TRUE(window.state_of(7, sees("10:12:10")).ran);
  EXPECT_FALSE(window.state_of(7, sees("10:10:")).ran);
  EXPECT_THAT(window.judge(sees("90001:90001:")), IsEmpty());
  EXPECT_THAT(changed(sees("90001:90001:")), IsEmpty());
}

TEST_F(Window, transactions_from_before_the_wrap_are_compared_in_64_bits) {
  EXPECT_THAT(window.judge(sees("4294967290:4294967290:")), IsEmpty());
  streamed(4294967295U, {1});
  streamed(3, {2});
  EXPECT_THAT(changed(sees("4294967297:4294967298:")), ElementsAre(2));
}

TEST_F(Window, of_a_standby_goes_by_the_position_that_was_replayed) {
  streamed(9, {1}, 100);
  streamed(8, {2}, 200);
  const ChunkSight sight{std::nullopt, Lsn{150}, Lsn{300}};
  EXPECT_THAT(window.judge(sight), IsEmpty());
  EXPECT_THAT(changed(sight), ElementsAre(2));
}

// Tests of its bounds follow.

TEST_F(Window, begins_anew_rather_than_grow) {
  const auto period = window.period();
  window.began(5, Lsn{1});
  for (std::uint64_t key = 0; key <= SnapshotWindow::touches_max; ++key) window.is_gone(key);
  EXPECT_TRUE(window.period() != period);
  window.ended();
  EXPECT_THAT(window.judge(sees("3:9:4,5")), ElementsAre(4)) << "what ran then may be streamed";
}

TEST_F(Window, keeps_no_more_values_than_it_may) {
  const Relation relation{7, "t", "account", ReplicaIdentity::standard, {{"v", 25, -1, false}}, 1};
  const std::string large(SnapshotWindow::image_bytes_max / 4, 'x');
  const std::vector<Value> row{Value::of(large)};
  const auto sight = sees("10:10:");
  window.began(11, Lsn{1});
  for (std::uint64_t key = 1; key <= 4; ++key) window.is_row(key, relation, row);
  EXPECT_EQ(kind_of(3, sight), Kind::as_streamed);
  EXPECT_EQ(kind_of(4, sight), Kind::unknown);
  EXPECT_TRUE(window.is_crowded());
  window.is_gone(1);
  window.is_row(4, relation, row);
  EXPECT_EQ(kind_of(4, sight), Kind::as_streamed) << "there is room again";
}

TEST_F(Window, that_is_narrow_knows_of_its_keys_alone) {
  const auto sight = sees("10:10:");
  window.judge(sight);
  streamed(11, {1, 2});
  window.narrow({1, 3});
  EXPECT_TRUE(window.is_narrow());
  EXPECT_FALSE(window.is_crowded());
  streamed(12, {2, 3});
  EXPECT_THAT(changed(sight), ElementsAre(1, 3));
  window.restart();
  EXPECT_FALSE(window.is_narrow());
}

class Touched : public testing::Test {
 protected:
  Touched() {
    relation.id = 7;
    relation.schema = "t";
    relation.name = "account";
    relation.columns = {{"note", 25, -1, false}, {"id", 20, -1, true}};
    rows.set_tables({"t.account"});
    rows.set_key("t.account", {"id"});
  }
  static std::uint64_t key(std::string_view id) {
    return touch_of(RowKeyHash().add(std::string_view("t.account")).add(id));
  }
  // What became of keys 1 and 2 and of the whole table: right as read, a row, gone, unknown.
  std::string after(const RowChange& change) {
    window.restart();
    window.began(1, Lsn{1});
    rows.note(change, window);
    window.ended();
    const ChunkSight sight{parse_server_snapshot("1:1:"), {}, {}};
    std::string text;
    for (const auto& touched : {key("1"), key("2"), touch_of_all("t.account")})
      text += "-rgu"[static_cast<int>(window.state_of(touched, sight).kind)];
    return text;
  }
  RowChange change(Operation operation, OldRow old_row, std::span<const Value> before,
                   std::span<const Value> new_row) {
    return {operation, &relation, old_row, before, new_row, 1, Lsn{1}};
  }

  Relation relation;
  TouchedRows rows;
  SnapshotWindow window;
  const std::vector<Value> one{Value::of("n"), Value::of("1")};
  const std::vector<Value> two{Value::of("n"), Value::of("2")};
  const std::vector<Value> toasted{Value::not_sent(), Value::of("1")};
  const std::vector<Value> unknown{Value::of("n"), Value::not_sent()};
};

TEST_F(Touched, the_old_and_the_new_key) {
  EXPECT_EQ(after(change(Operation::insert, OldRow::absent, {}, one)), "r--");
  EXPECT_EQ(after(change(Operation::update, OldRow::absent, {}, one)), "r--");
  EXPECT_EQ(after(change(Operation::update, OldRow::full, one, one)), "r--");
  EXPECT_EQ(after(change(Operation::update, OldRow::key_only, one, two)), "gr-");
  EXPECT_EQ(after(change(Operation::remove, OldRow::full, two, {})), "-g-");
  EXPECT_EQ(after(change(Operation::update, OldRow::absent, {}, toasted)), "u--");
}

TEST_F(Touched, every_key_where_it_is_not_to_be_known) {
  EXPECT_EQ(after(change(Operation::truncate, OldRow::absent, {}, {})), "--u");
  EXPECT_EQ(after(change(Operation::remove, OldRow::key_only, unknown, {})), "--u");
  EXPECT_EQ(after(change(Operation::update, OldRow::absent, {}, unknown)), "--u");
  EXPECT_EQ(after(change(Operation::update, OldRow::key_only, unknown, one)), "r-u");
  rows.set_tables({"t.account"});
  EXPECT_EQ(after(change(Operation::insert, OldRow::absent, {}, one)), "--u")
      << "a table that was not described yet";
  relation.columns[1].name = "renamed";
  ++relation.revision;
  rows.set_key("t.account", {"id"});
  EXPECT_EQ(after(change(Operation::insert, OldRow::absent, {}, one)), "--u");
}

TEST_F(Touched, no_key_of_a_table_that_is_not_read) {
  relation.name = "other";
  EXPECT_EQ(after(change(Operation::insert, OldRow::absent, {}, one)), "---");
}

}  // namespace
}  // namespace wakestream::cdc
