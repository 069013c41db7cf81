#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdc/pgoutput/decoder.h"
#include "tests/unit/cdc/pgoutput_writer.h"

namespace wakestream::cdc::pgoutput {
namespace {

using testing::HasSubstr;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() == 2) {
      bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
      digits.clear();
    }
  }
  return bytes;
}

class DecoderTest : public testing::Test {
 protected:
  template <class M>
  M decode(const std::string& payload) {
    bytes = payload;
    auto message = decoder.decode(bytes);
    if (!message) {
      ADD_FAILURE() << message.error().message;
      return {};
    }
    if (!std::holds_alternative<M>(*message)) {
      ADD_FAILURE() << "another kind of message";
      return {};
    }
    return std::get<M>(*message);
  }
  std::string problem(const std::string& payload) {
    bytes = payload;
    auto message = decoder.decode(bytes);
    return message ? "no problem" : message.error().message;
  }

  Decoder decoder;
  std::string bytes;
};

// The one that cdc/pgoutput/README.md takes apart.
TEST_F(DecoderTest, insert) {
  const auto insert =
      decode<Insert>(from_hex("49 00004014 4e 0003 74 00000001 37 6e 74 00000003 616461"));
  EXPECT_EQ(insert.relation_id, 16404U);
  ASSERT_EQ(insert.after.size(), 3U);
  EXPECT_EQ(insert.after[0].text, "7");
  EXPECT_EQ(insert.after[1].kind, Value::Kind::null);
  EXPECT_EQ(insert.after[2].text, "ada");
}

TEST_F(DecoderTest, begin) {
  const auto begin = decode<Begin>(from_hex("42 00000000016b3748 0002b1e5a7d3c000 000002f1"));
  EXPECT_EQ(begin.final_lsn, Lsn{0x16B3748});
  EXPECT_EQ(begin.commit_time_us, 0x0002b1e5a7d3c000 + 946'684'800'000'000);
  EXPECT_EQ(begin.xid, 753U);
}

TEST_F(DecoderTest, commit) {
  const auto commit =
      decode<Commit>(from_hex("43 00 00000000016b3748 00000000016b3778 0000000000000000"));
  EXPECT_EQ(commit.commit_lsn, Lsn{0x16B3748});
  EXPECT_EQ(commit.end_lsn, Lsn{0x16B3778});
  EXPECT_EQ(commit.commit_time_us, 946'684'800'000'000);
}

TEST_F(DecoderTest, origin) {
  const auto origin = decode<Origin>(from_hex("4f 0000000000000010 6e6f64653100"));
  EXPECT_EQ(origin.commit_lsn, Lsn{0x10});
  EXPECT_EQ(origin.name, "node1");
}

TEST_F(DecoderTest, relation) {
  const auto relation = decode<RelationDescription>(
      from_hex("52 00004014 677261706800 6163636f756e7400 66 0002 01 696400 00000014 ffffffff 01 "
               "656d61696c00 00000019 ffffffff"));
  EXPECT_EQ(relation.schema, "graph");
  EXPECT_EQ(relation.name, "account");
  EXPECT_EQ(relation.replica_identity, ReplicaIdentity::full);
  ASSERT_EQ(relation.columns.size(), 2U);
  EXPECT_TRUE(relation.columns[0].part_of_key);
  EXPECT_EQ(relation.columns[0].type_oid, 20U);
  EXPECT_EQ(relation.columns[1].name, "email");
  EXPECT_EQ(relation.columns[1].type_modifier, -1);
}

TEST_F(DecoderTest, type) {
  const auto type = decode<Type>(from_hex("59 00004020 677261706800 7469657200"));
  EXPECT_EQ(type.type_oid, 0x4020U);
  EXPECT_EQ(type.name, "tier");
}

TEST_F(DecoderTest, update_without_an_old_row) {
  const auto update = decode<Update>(from_hex("55 00004014 4e 0002 74 00000001 37 75"));
  EXPECT_EQ(update.old_row, OldRow::absent);
  EXPECT_TRUE(update.before.empty());
  EXPECT_EQ(update.after[1].kind, Value::Kind::not_sent);
}

TEST_F(DecoderTest, update_with_a_full_and_with_a_key_only_old_row) {
  const auto full =
      decode<Update>(from_hex("55 00004014 4f 0001 74 00000001 37 4e 0001 74 00000001 38"));
  EXPECT_EQ(full.old_row, OldRow::full);
  EXPECT_EQ(full.before[0].text, "7");
  EXPECT_EQ(full.after[0].text, "8");
  EXPECT_EQ(
      decode<Update>(from_hex("55 00004014 4b 0001 74 00000001 37 4e 0001 74 00000001 38")).old_row,
      OldRow::key_only);
}

TEST_F(DecoderTest, delete_by_key) {
  const auto removed = decode<Delete>(from_hex("44 00004014 4b 0002 74 00000001 37 6e"));
  EXPECT_EQ(removed.old_row, OldRow::key_only);
  EXPECT_EQ(removed.before.size(), 2U);
}

TEST_F(DecoderTest, truncate) {
  const auto truncate = decode<Truncate>(from_hex("54 00000002 03 00004014 00004020"));
  EXPECT_TRUE(truncate.cascade);
  EXPECT_TRUE(truncate.restart_identity);
  ASSERT_EQ(truncate.relation_ids.size(), 2U);
  EXPECT_EQ(truncate.relation_ids[1], 0x4020U);
}

TEST_F(DecoderTest, logical_message) {
  const auto message =
      decode<LogicalMessage>(from_hex("4d 01 0000000000000010 777300 00000002 6869"));
  EXPECT_TRUE(message.transactional);
  EXPECT_EQ(message.prefix, "ws");
  EXPECT_EQ(message.content, "hi");
}

// ---- What must not be accepted ----

TEST_F(DecoderTest, every_message_cut_at_every_byte_is_an_error_that_names_a_field) {
  using namespace cdc::test;  // NOLINT
  const std::vector<std::string> messages = {
      begin(1),
      commit(1, 2),
      Bytes().raw("O").u64(1).text("n"),
      relation(1, "s", "t", 'd', {{"a", true}, {"b"}}),
      insert(1, {"a", null_cell, unsent_cell}),
      update(1, {"a"}),
      update(1, 'O', {"a"}, {"b"}),
      remove(1, 'K', {"a", null_cell}),
      truncate({1, 2}),
      Bytes().raw("Y").u32(1).text("s").text("t"),
      Bytes().raw("M").u8(1).u64(1).text("p").u32(2).raw("hi")};
  for (const auto& message : messages) {
    EXPECT_EQ(problem(message), "no problem");
    for (std::size_t size = 1; size < message.size(); ++size) {
      EXPECT_THAT(problem(message.substr(0, size)), HasSubstr(": "))
          << message[0] << " cut at " << size;
    }
    EXPECT_EQ(problem(message + "x"),
              std::string("message: 1 bytes are left over in a message of type ") + message[0]);
  }
}

TEST_F(DecoderTest, a_short_field_says_what_was_wanted_and_what_was_left) {
  EXPECT_EQ(problem(from_hex("49 000040")), "insert.relation_id: wanted 4 bytes, 3 left");
}

TEST_F(DecoderTest, an_unknown_type_is_an_error_and_so_is_an_empty_message) {
  bytes = "S";  // stream start: never asked for
  EXPECT_EQ(decoder.decode(bytes).error().kind, ErrorKind::unknown_message);
  EXPECT_EQ(problem("S"), "message type 0x53 is not known");
  EXPECT_EQ(problem(""), "an empty message");
}

TEST_F(DecoderTest, bent_fields_are_errors) {
  EXPECT_EQ(problem(from_hex("49 00004014 4f 0000")), "insert.tuple_kind: 0x4f is not N");
  EXPECT_EQ(problem(from_hex("49 00004014 4e 0001 62 00000001 37")),
            "tuple.value_kind: a binary value, which was never asked for");
  EXPECT_EQ(problem(from_hex("49 00004014 4e 0001 71")),
            "tuple.value_kind: 0x71 is not a kind of value");
  EXPECT_EQ(problem(from_hex("49 00004014 4e ffff 6e")),
            "tuple.column_count: 65535 columns in 1 bytes");
  EXPECT_EQ(problem(from_hex("49 00004014 4e 0001 74 ffffffff 37")),
            "tuple.value: wanted 4294967295 bytes, 1 left");
  EXPECT_EQ(problem(from_hex("54 ffffffff 00")),
            "truncate.relation_count: 4294967295 relations in 0 bytes");
  EXPECT_EQ(problem(from_hex("43 01 0000000000000001 0000000000000002 0000000000000000")),
            "commit.flags: 1 is not 0");
  EXPECT_EQ(problem(cdc::test::relation(1, "s", "t", 'x', {})),
            "relation.replica_identity: 0x78 is not a replica identity");
}

}  // namespace
}  // namespace wakestream::cdc::pgoutput
