#include "app/check/config_edit.h"

#include <gtest/gtest.h>

namespace wakestream::check {
namespace {

FileFacts file_of(std::string text) { return {"wakestream.yaml", true, std::move(text), 0600}; }

// The text after the edit, or what is missing.
std::string after(const std::string& text, std::string_view path, const std::string& value) {
  const auto edit = set_config(file_of(text), path, value);
  if (!edit) return "no edit";
  std::size_t at = 0;
  for (int line = 1; line < edit->line; ++line) at = text.find('\n', at) + 1;
  auto changed = text;
  at += static_cast<std::size_t>(edit->column) - 1;
  EXPECT_EQ(text.substr(at, edit->old_text.size()), edit->old_text);
  changed.replace(at, edit->old_text.size(), edit->new_text);
  return changed;
}

TEST(ConfigEditTest, a_value_that_stands_there_is_replaced) {
  EXPECT_EQ(after("a: 1\nsource:\n  slot: create  # a slot\n", "source.slot", "existing"),
            "a: 1\nsource:\n  slot: existing  # a slot\n");
  EXPECT_EQ(after("pipeline: \"shop\"\n", "pipeline", "shop-2"), "pipeline: shop-2\n");
  EXPECT_EQ(after("log: { kafka: { create_topics: false } }\n", "log.kafka.create_topics", "true"),
            "log: { kafka: { create_topics: true } }\n");
}

TEST(ConfigEditTest, a_value_that_is_missing_comes_first_in_its_section) {
  EXPECT_EQ(after("source:\n  # whom\n  url: x\n", "source.slot", "existing"),
            "source:\n  # whom\n  slot: existing\n  url: x\n");
  EXPECT_EQ(after("source: { url: x }\n", "source.slot", "existing"),
            "source: { slot: existing, url: x }\n");
}

TEST(ConfigEditTest, what_cannot_be_one_edit_is_none) {
  EXPECT_EQ(after("source: text\n", "source.slot", "existing"), "no edit");
  EXPECT_EQ(after("pipeline: |\n  shop\n", "pipeline", "other"), "no edit");
  EXPECT_EQ(after("a: [", "a", "b"), "no edit");
}

TEST(ConfigEditTest, a_place_is_counted_in_characters_and_edited_in_bytes) {
  const auto file = file_of("SELECT 'ü', new.e_mail\n");
  const auto edit = replace_at(file, 1, 13, "new.e_mail", "new.email");
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->column, 14);
  EXPECT_FALSE(replace_at(file, 1, 12, "new.e_mail", "new.email"));
  EXPECT_FALSE(replace_at(file, 3, 1, "new.e_mail", "new.email"));
}

}  // namespace
}  // namespace wakestream::check
