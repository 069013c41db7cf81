#include "policy/category_tree.h"

#include <gtest/gtest.h>

namespace wakestream::policy {
namespace {

TEST(CategoryTree, a_word_is_below_the_words_before_its_dots) {
  const CategoryTree tree;
  const auto email = *tree.find("user.contact.email");
  EXPECT_TRUE(tree.is_under(email, email));
  EXPECT_TRUE(tree.is_under(email, *tree.find("user.contact")));
  EXPECT_TRUE(tree.is_under(email, *tree.find("user")));
  EXPECT_FALSE(tree.is_under(*tree.find("user.contact"), email));
  EXPECT_FALSE(tree.is_under(email, *tree.find("system")));
  EXPECT_FALSE(
      tree.is_under(*tree.find("user.device.cookie_id"), *tree.find("user.device.cookie")));
}

TEST(CategoryTree, names_that_fideslang_replaced_lead_to_the_new_ones) {
  const CategoryTree tree;
  EXPECT_EQ(tree.find("user.health_and_medical"), tree.find("user.health"));
  EXPECT_EQ(tree.find("user.biometric.voice"), tree.find("user.biometrics.voice"));
  EXPECT_EQ(tree.find("user.health_and_medical.unheard_of"), std::nullopt);
}

TEST(CategoryTree, own_words_need_a_parent_and_a_form) {
  CategoryTree tree;
  EXPECT_EQ(tree.add("user.loyalty"), std::nullopt);
  EXPECT_EQ(tree.add("user.loyalty.tier"), std::nullopt);
  EXPECT_EQ(tree.add("shop"), std::nullopt);
  EXPECT_TRUE(tree.is_under(*tree.find("user.loyalty.tier"), *tree.find("user")));
  EXPECT_EQ(tree.add("user.loyalty").value_or(""), "the category user.loyalty is there already");
  EXPECT_EQ(tree.add("user.points.sum").value_or(""),
            "the category user.points is not there: declare it before what is below it");
  for (const auto* const name : {"", ".", "user.", ".user", "user..x", "User", "user.x y"})
    EXPECT_NE(tree.add(name), std::nullopt) << name;
}

}  // namespace
}  // namespace wakestream::policy
