#include "emitters/http/header_name.h"

#include <gtest/gtest.h>

namespace wakestream::emitters {
namespace {

TEST(HeaderNameTest, only_letters_are_the_same_in_upper_and_lower_case) {
  EXPECT_TRUE(same_header("Content-Type", "cONTENT-tYPE"));
  EXPECT_FALSE(same_header("Content-Type", "Content-Typ"));
  // A bit apart, as a letter and its other case are.
  EXPECT_FALSE(same_header("X^A", "X~A"));
  EXPECT_FALSE(same_header("X@A", "X`A"));
  EXPECT_FALSE(same_header("X-A", "X\rA"));
}

TEST(HeaderNameTest, a_recipe_sets_no_header_that_is_ours) {
  EXPECT_TRUE(is_header_name("X-Request_Id~1"));
  for (const auto* name :
       {"", "Host", "WEBHOOK-ID", "content-Length", "X Y", "X:", "X\n", "\xC3\xBC"})
    EXPECT_FALSE(is_header_name(name)) << name;
}

}  // namespace
}  // namespace wakestream::emitters
