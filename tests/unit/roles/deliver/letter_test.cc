#include "roles/deliver/letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace wakestream::deliver {
namespace {

using testing::ElementsAre;
using testing::Pair;

// What a reader of the dead-letter topic gets of a letter that was written there.
log::StoredRecord as_record(const Letter& letter) {
  log::StoredRecord record;
  record.partition = letter.event.partition;
  record.offset = 900;
  record.timestamp_ms = 1790000009999;
  record.key = letter_key(letter.account(), letter.event.offset);
  record.value = letter.event.value;
  const auto packed = letter_headers(letter);
  log::HeaderReader headers(packed);
  for (std::string_view name, value; headers.take(name, value);)
    record.headers.emplace_back(name, value);
  return record;
}

Letter letter() {
  Letter letter;
  letter.event.partition = 3;
  letter.event.offset = 4000;
  letter.event.timestamp_ms = 1790000000000;
  letter.event.key = "acc-17";
  letter.event.value = R"({"email":"a@example.com"})";
  letter.event.headers = {{"ce_id", "1-2-3"}, {"ce_type", "customer.email_changed"}};
  letter.since_ms = 1790000000500;
  return letter;
}

TEST(Letter, comes_back_with_its_whole_event) {
  const auto written = letter();
  const auto read = read_letter(as_record(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->event.partition, 3);
  EXPECT_EQ(read->event.offset, 4000) << "the event's, not the letter's";
  EXPECT_EQ(read->event.timestamp_ms, 1790000000000);
  EXPECT_EQ(read->event.key, written.event.key);
  EXPECT_EQ(read->event.value, written.event.value);
  EXPECT_THAT(read->event.headers,
              ElementsAre(Pair("ce_id", "1-2-3"), Pair("ce_type", "customer.email_changed")));
  EXPECT_FALSE(read->event.tombstone);
  EXPECT_EQ(read->state, LetterState::waiting);
  EXPECT_FALSE(read->urgent);
  EXPECT_EQ(read->since_ms, written.since_ms);
  EXPECT_EQ(read->error, "");
  EXPECT_EQ(read->status, 0);
  EXPECT_EQ(read->account(), "acc-17");
  EXPECT_EQ(read->id(), "1-2-3");
  EXPECT_EQ(read->type(), "customer.email_changed");
}

TEST(Letter, that_is_dead_says_why) {
  auto written = letter();
  written.state = LetterState::dead;
  written.urgent = true;
  written.error = "the receiver refuses it";
  written.status = 422;
  const auto read = read_letter(as_record(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state, LetterState::dead);
  EXPECT_TRUE(read->urgent);
  EXPECT_EQ(read->error, written.error);
  EXPECT_EQ(read->status, 422);
  EXPECT_EQ(letter_headers(*read), letter_headers(written)) << "written once more, it is the same";
}

TEST(Letter, says_how_often_its_schedule_had_it_tried_again) {
  auto written = letter();
  EXPECT_EQ(read_letter(as_record(written))->replays, 0U);
  written.replays = 2;
  const auto read = read_letter(as_record(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->replays, 2U);
  EXPECT_EQ(read->event.headers, written.event.headers) << "no part of the event";
  auto bent = as_record(written);
  bent.headers.back().second = "often";
  EXPECT_FALSE(read_letter(bent));
}

TEST(LetterKey, of_one_account_has_the_order_of_the_events) {
  EXPECT_EQ(letter_key("a", 0), std::string("a\0"
                                            "0000000000000000",
                                            18));
  std::vector<std::string> keys;
  for (const std::int64_t offset : {0L, 9L, 10L, 255L, 256L, 1L << 40U, INT64_MAX})
    keys.push_back(letter_key("acc", offset));
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST(LetterKey, names_account_and_offset) {
  for (const std::string account : {"", "a", "acc-17", "kunde-\xc3\xa4"}) {
    const auto name = read_letter_key(letter_key(account, 1'000'000));
    ASSERT_TRUE(name) << account;
    EXPECT_EQ(name->account, account);
    EXPECT_EQ(name->offset, 1'000'000);
  }
}

TEST(LetterKey, that_is_bent_is_nothing) {
  using namespace std::string_literals;
  for (const auto& key : {""s, "acc"s, "acc 0000000000000001"s, "acc\0"s + "000000000000001"s,
                          "acc\0"s + "000000000000000g"s, "acc\0"s + "ffffffffffffffff"s,
                          "acc\0"s + "-00000000000001"s})
    EXPECT_FALSE(read_letter_key(key)) << testing::PrintToString(key);
}

TEST(Letter, that_is_bent_is_nothing) {
  const auto whole = as_record(letter());
  ASSERT_TRUE(read_letter(whole));
  auto tombstone = whole;
  tombstone.tombstone = true;
  EXPECT_FALSE(read_letter(tombstone));
  for (const auto* name :
       {"ws_format_version", "ws_state", "ws_since_ms", "ws_event_timestamp_ms"}) {
    auto bent = whole;
    for (auto& [header, value] : bent.headers)
      if (header == name) value = "7x";
    EXPECT_FALSE(read_letter(bent)) << name;
    std::erase_if(bent.headers, [name](const auto& header) { return header.first == name; });
    EXPECT_FALSE(read_letter(bent)) << name << " is not there";
  }
  auto bent = whole;
  bent.headers.emplace_back("ws_status", "teapot");
  EXPECT_FALSE(read_letter(bent));
}

}  // namespace
}  // namespace wakestream::deliver
