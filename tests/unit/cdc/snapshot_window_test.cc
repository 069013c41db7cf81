#include "cdc/snapshot/snapshot_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdc/snapshot/touched_rows.h"

namespace wakestream::cdc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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

class Window : public testing::Test {
 protected:
  void streamed(std::uint32_t xid, const std::vector<std::uint64_t>& keys,
                std::uint64_t commit = 100) {
    window.began(xid, Lsn{commit});
    for (const auto key : keys) window.touched(key);
    window.ended();
  }
  static ChunkSight sees(const char* snapshot) { return {parse_server_snapshot(snapshot), {}, {}}; }

  SnapshotWindow window;
};

TEST_F(Window, keys_that_an_unseen_transaction_touched_leave_and_others_stay) {
  streamed(11, {1, 2});
  const auto sight = sees("12:15:12,13");
  EXPECT_THAT(window.judge(sees("10:12:")), IsEmpty());
  streamed(12, {3});
  streamed(14, {4});
  streamed(20, {5, 5, 6});
  EXPECT_THAT(window.leaving(sight), UnorderedElementsAre(3, 5, 6));
}

TEST_F(Window, what_ran_when_it_began_may_have_been_streamed_before) {
  streamed(12, {});
  EXPECT_THAT(window.judge(sees("10:20:10,12,15")), ElementsAre(10, 15)) << "12 was streamed since";
  streamed(15, {1});
  EXPECT_THAT(window.judge(sees("10:22:10,15,20")), ElementsAre(10)) << "20 began later";
  EXPECT_THAT(window.leaving(sees("10:22:10,15,20")), ElementsAre(1));
  EXPECT_THAT(window.judge(sees("15:25:15,20")), IsEmpty());
}

TEST_F(Window, a_commit_that_waits_for_a_standby_keeps_its_keys_out_until_it_is_seen) {
  EXPECT_THAT(window.judge(sees("10:10:")), IsEmpty());
  streamed(10, {7});
  for (const auto* later : {"10:12:10", "10:500:10", "10:90000:10"}) {
    EXPECT_THAT(window.judge(sees(later)), IsEmpty());
    EXPECT_THAT(window.leaving(sees(later)), ElementsAre(7)) << later;
  }
  EXPECT_THAT(window.judge(sees("90001:90001:")), IsEmpty());
  EXPECT_THAT(window.leaving(sees("90001:90001:")), IsEmpty());
}

TEST_F(Window, transactions_from_before_the_wrap_are_compared_in_64_bits) {
  EXPECT_THAT(window.judge(sees("4294967290:4294967290:")), IsEmpty());
  streamed(4294967295U, {1});
  streamed(3, {2});
  EXPECT_THAT(window.leaving(sees("4294967297:4294967298:")), ElementsAre(2));
}

TEST_F(Window, of_a_standby_goes_by_the_position_that_was_replayed) {
  streamed(9, {1}, 100);
  streamed(8, {2}, 200);
  const ChunkSight sight{std::nullopt, Lsn{150}, Lsn{300}};
  EXPECT_THAT(window.judge(sight), IsEmpty());
  EXPECT_THAT(window.leaving(sight), ElementsAre(2));
}

TEST_F(Window, begins_anew_rather_than_grow) {
  const auto period = window.period();
  window.began(5, Lsn{1});
  for (std::uint64_t key = 0; key <= SnapshotWindow::touches_max; ++key) window.touched(key);
  window.ended();
  EXPECT_NE(window.period(), period);
  EXPECT_THAT(window.judge(sees("3:9:4,5")), ElementsAre(4)) << "what ran then may be streamed";
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
  std::unordered_set<std::uint64_t> after(const RowChange& change) {
    window.restart();
    window.began(1, Lsn{1});
    rows.note(change, window);
    window.ended();
    return window.leaving({parse_server_snapshot("1:1:"), {}, {}});
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
  const std::vector<Value> unknown{Value::of("n"), Value::not_sent()};
};

TEST_F(Touched, the_old_and_the_new_key) {
  EXPECT_THAT(after(change(Operation::insert, OldRow::absent, {}, one)), ElementsAre(key("1")));
  EXPECT_THAT(after(change(Operation::update, OldRow::absent, {}, one)), ElementsAre(key("1")));
  EXPECT_THAT(after(change(Operation::update, OldRow::key_only, one, two)),
              UnorderedElementsAre(key("1"), key("2")));
  EXPECT_THAT(after(change(Operation::remove, OldRow::full, two, {})), ElementsAre(key("2")));
}

TEST_F(Touched, every_key_where_it_is_not_to_be_known) {
  const auto all = touch_of_all("t.account");
  EXPECT_THAT(after(change(Operation::truncate, OldRow::absent, {}, {})), ElementsAre(all));
  EXPECT_THAT(after(change(Operation::remove, OldRow::key_only, unknown, {})), ElementsAre(all));
  EXPECT_THAT(after(change(Operation::update, OldRow::absent, {}, unknown)), ElementsAre(all));
  EXPECT_THAT(after(change(Operation::update, OldRow::key_only, unknown, one)),
              UnorderedElementsAre(key("1"), all));
  rows.set_tables({"t.account"});
  EXPECT_THAT(after(change(Operation::insert, OldRow::absent, {}, one)), ElementsAre(all))
      << "a table that was not described yet";
  relation.columns[1].name = "renamed";
  ++relation.revision;
  rows.set_key("t.account", {"id"});
  EXPECT_THAT(after(change(Operation::insert, OldRow::absent, {}, one)), ElementsAre(all));
}

TEST_F(Touched, no_key_of_a_table_that_is_not_read) {
  relation.name = "other";
  EXPECT_THAT(after(change(Operation::insert, OldRow::absent, {}, one)), IsEmpty());
}

}  // namespace
}  // namespace wakestream::cdc
