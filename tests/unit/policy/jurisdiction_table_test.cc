#include "policy/jurisdiction_table.h"

#include <gtest/gtest.h>

namespace wakestream::policy {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

bool holds(const JurisdictionTable& table, std::string_view code, std::string_view regime,
           sys_days at = year{2026} / 6 / 1) {
  const auto place = table.find(code);
  const auto law = table.find_regime(regime);
  return place && law && table.in_force(*place, *law, at);
}

TEST(JurisdictionTable, laws_hold_where_they_hold) {
  const JurisdictionTable table;
  EXPECT_TRUE(holds(table, "DE", "gdpr"));
  EXPECT_TRUE(holds(table, "NO", "gdpr"));
  EXPECT_FALSE(holds(table, "GB", "gdpr"));
  EXPECT_TRUE(holds(table, "GB", "uk_gdpr"));
  EXPECT_FALSE(holds(table, "DE", "hipaa"));
  EXPECT_TRUE(holds(table, "US-CA", "ccpa"));
  EXPECT_TRUE(holds(table, "US-CA", "us_state_privacy"));
  EXPECT_TRUE(holds(table, "US-VA", "us_state_privacy"));
  EXPECT_FALSE(holds(table, "US-AL", "us_state_privacy"));
  EXPECT_TRUE(holds(table, "US-AL", "hipaa"));
  EXPECT_TRUE(holds(table, "US-PR", "ferpa"));
}

TEST(JurisdictionTable, laws_begin) {
  const JurisdictionTable table;
  EXPECT_FALSE(holds(table, "US-TX", "tdpsa", year{2024} / 6 / 30));
  EXPECT_TRUE(holds(table, "US-TX", "tdpsa", year{2024} / 7 / 1));
  EXPECT_FALSE(holds(table, "US-CA", "cpra", year{2022} / 12 / 31));
  EXPECT_TRUE(holds(table, "US-CA", "us_state_privacy", year{2022} / 12 / 31));
}

TEST(JurisdictionTable, a_part_of_a_whole_country_counts_as_it) {
  const JurisdictionTable table;
  EXPECT_EQ(table.find("DE-BY"), table.find("DE"));
  EXPECT_EQ(table.find("GB-SCT"), table.find("GB"));
}

TEST(JurisdictionTable, what_is_not_known_is_nothing) {
  const JurisdictionTable table;
  for (const auto* const code : {"", "US", "US-ZZ", "us-ca", "de", "EU", "CA", "XX", "DE-", "DE-by",
                                 "DE-BYBY", "DEU", "DE BY", "U"})
    EXPECT_EQ(table.find(code), std::nullopt) << code;
}

TEST(JurisdictionTable, a_policy_adds_and_takes_nothing_away) {
  JurisdictionTable table;
  table.add("CA", "pipeda");
  table.add("DE-BY", "own");
  table.add("US-CA", "own");
  table.add("US", "own");
  EXPECT_TRUE(holds(table, "CA-QC", "pipeda"));
  EXPECT_TRUE(holds(table, "DE-BY", "gdpr"));
  EXPECT_TRUE(holds(table, "DE-BY", "own"));
  EXPECT_FALSE(holds(table, "DE-HE", "own"));
  EXPECT_TRUE(holds(table, "DE-HE", "gdpr"));
  EXPECT_TRUE(holds(table, "US-CA", "cpra"));
  EXPECT_TRUE(holds(table, "US-CA", "own"));
  EXPECT_EQ(table.find("US-ZZ"), std::nullopt);
}

}  // namespace
}  // namespace wakestream::policy
