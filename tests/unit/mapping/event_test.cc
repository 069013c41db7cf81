#include "mapping/event.h"

#include <gtest/gtest.h>

namespace wakestream::mapping {
namespace {

TEST(EventId, has_fixed_places_for_epoch_commit_kind_ordinal_and_type) {
  const ChangeOrigin origin{0x1A, cdc::Lsn{0x16'B374'D848}, 0, 0xFEDC};
  EXPECT_EQ(event_id(origin, EventKind::change, 3),
            "0000001A-00000016B374D848-0-00000000FEDC-0003");
  EXPECT_EQ(event_id(origin, EventKind::snapshot, 0xFFFF),
            "0000001A-00000016B374D848-1-00000000FEDC-FFFF");
}

TEST(EventId, string_order_is_commit_order) {
  const auto id = [](std::uint64_t commit, EventKind kind, std::uint64_t ordinal,
                     std::uint16_t type) {
    return event_id({1, cdc::Lsn{commit}, 0, ordinal}, kind, type);
  };
  EXPECT_LT(id(9, EventKind::change, 1, 0), id(10, EventKind::change, 1, 0));
  EXPECT_LT(id(10, EventKind::change, 9, 1), id(10, EventKind::change, 10, 0));
  EXPECT_LT(id(10, EventKind::change, 10, 9), id(10, EventKind::change, 10, 10));
  EXPECT_LT(id(10, EventKind::change, 99, 0), id(10, EventKind::snapshot, 1, 0));
}

}  // namespace
}  // namespace wakestream::mapping
