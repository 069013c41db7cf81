// Names of public topics: what banners become, and where two would meet.
#include "roles/publish/public_topics.h"

#include <gmock/gmock.h>

namespace wakestream::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using Names = std::map<std::string, std::string>;

std::vector<std::string> problems(const std::vector<std::string>& banners, const Names& names = {},
                                  const std::vector<std::string>& types = {"customer.created"}) {
  const auto topics = PublicTopics::make(banners, types, names);
  return topics ? std::vector<std::string>{} : topics.error();
}

TEST(PublicTopicsTest, a_banner_has_a_topic_for_everything_and_one_for_each_type) {
  const auto topics =
      PublicTopics::make({"banner-a", "b"}, {"customer.created", "customer.email_changed"}, {});
  ASSERT_TRUE(topics);
  EXPECT_THAT(topics->names(),
              UnorderedElementsAre("customer.banner-a.change", "customer.banner-a.created",
                                   "customer.banner-a.email_changed", "customer.b.change",
                                   "customer.b.created", "customer.b.email_changed"));
  const auto* pair = topics->find("banner-a", "customer.email_changed");
  ASSERT_NE(pair, nullptr);
  EXPECT_EQ(pair->change, "customer.banner-a.change");
  EXPECT_EQ(pair->by_type, "customer.banner-a.email_changed");
  EXPECT_EQ(topics->find("banner-c", "customer.created"), nullptr);
  EXPECT_EQ(topics->find("b", "customer.deleted"), nullptr);
}

TEST(PublicTopicsTest, banners_are_cleaned) {
  EXPECT_EQ(clean_banner("banner-a"), "banner-a");
  EXPECT_EQ(clean_banner("Banner A (EU)"), "banner-a-eu");
  EXPECT_EQ(clean_banner("a.b_c/d"), "a-b_c-d");
  EXPECT_EQ(clean_banner(" & "), "");
  EXPECT_EQ(clean_banner("caf\xc3\xa9 noir"), "caf-noir");
  EXPECT_EQ(clean_banner("\xe5\xba\x97"), "");
}

TEST(PublicTopicsTest, banners_that_would_share_a_topic_are_refused) {
  EXPECT_THAT(
      problems({"Shop", "shop"}),
      ElementsAre(HasSubstr("all events of banner \"Shop\" and all events of banner \"shop\" "
                            "would share the topic customer.shop.change"),
                  HasSubstr("would share the topic customer.shop.created")));
  // Kafka's metrics take '.' and '_' for one another; here by a given name.
  EXPECT_THAT(problems({"a", "b"}, {{"b", "A"}}), testing::SizeIs(2));
  EXPECT_THAT(problems({"Shop", "shop"}, {{"Shop", "shop-2"}}), testing::IsEmpty());
}

TEST(PublicTopicsTest, a_type_that_is_called_as_the_topic_of_all_is_refused) {
  EXPECT_THAT(
      problems({"a"}, {}, {"customer.change"}),
      ElementsAre(HasSubstr("all events of banner \"a\" and events of type customer.change")));
}

TEST(PublicTopicsTest, types_that_meet_another_banners_topic_by_a_sign_are_refused) {
  // customer.a.b_change and customer.a_b.change are one to Kafka's metrics.
  EXPECT_THAT(problems({"a", "a_b"}, {}, {"customer.b_change"}),
              ElementsAre(HasSubstr("would share the topic customer.a_b.change")));
}

TEST(PublicTopicsTest, a_banner_of_which_nothing_is_left_must_be_given_a_name) {
  EXPECT_THAT(problems({"\xe5\xba\x97"}), ElementsAre(HasSubstr("publish.topic_names")));
  EXPECT_THAT(problems({"\xe5\xba\x97"}, {{"\xe5\xba\x97", "mise"}}), testing::IsEmpty());
  EXPECT_THAT(problems({"a"}, {{"a", "x.y"}}), ElementsAre(HasSubstr("has no name")));
}

TEST(PublicTopicsTest, names_that_are_taken_are_refused) {
  EXPECT_THAT(problems({"All"}), ElementsAre(HasSubstr("parent level")));
  EXPECT_THAT(problems({"a"}, {}, {"wakestream.created"}),
              ElementsAre(HasSubstr("those of this family are private ones")));
  EXPECT_THAT(problems({"a"}, {{"typo", "x"}}), ElementsAre(HasSubstr("no banner \"typo\"")));
  EXPECT_THAT(problems({std::string(250, 'a')}), testing::SizeIs(2));
}

}  // namespace
}  // namespace wakestream::publish
