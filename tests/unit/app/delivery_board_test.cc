#include "app/http/delivery_board.h"

#include <gtest/gtest.h>

namespace wakestream::app {
namespace {

deliver::DeliverFacts facts(std::uint64_t delivered, std::uint64_t parked_now) {
  deliver::DeliverFacts facts;
  facts.delivered = delivered;
  facts.waiting.lanes_parked = parked_now;
  return facts;
}

TEST(DeliveryBoardTest, a_consumer_is_the_sum_of_its_shares_here) {
  DeliveryBoard board;
  board.leave("crm", 0, facts(5, 1));
  board.leave("crm", 2, facts(7, 2));
  board.leave("esp", 0, facts(1, 0));
  board.leave("crm", 2, facts(8, 3));
  EXPECT_EQ(board.deliveries().at("crm").delivered, 13U);
  EXPECT_EQ(board.deliveries().at("crm").waiting.lanes_parked, 4U);
  EXPECT_EQ(board.deliveries().at("esp").delivered, 1U);
}

TEST(DeliveryBoardTest, of_a_share_that_went_what_it_counted_stays_and_what_waits_goes_with_it) {
  DeliveryBoard board;
  board.leave("crm", 0, facts(5, 1));
  board.leave("crm", 2, facts(7, 2));
  board.ended("crm", 2);
  board.ended("crm", 3);
  EXPECT_EQ(board.deliveries().at("crm").delivered, 12U);
  EXPECT_EQ(board.deliveries().at("crm").waiting.lanes_parked, 1U);
  board.leave("crm", 2, facts(1, 9));
  EXPECT_EQ(board.deliveries().at("crm").delivered, 13U) << "it counts from 0 when it comes back";
}

}  // namespace
}  // namespace wakestream::app
