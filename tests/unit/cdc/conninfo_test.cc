#include "cdc/session/conninfo.h"

#include <gtest/gtest.h>

namespace wakestream::cdc {
namespace {

// "host:port of attrs" of each that is tried.
std::vector<std::string> tried(const std::string& conninfo) {
  std::vector<std::string> texts;
  const auto given = ConninfoParameters::parse(conninfo);
  if (!given) return {given.error().message};
  for (const auto& host : given->of_each_host())
    texts.push_back(host.get("host") + host.get("hostaddr") + ":" + host.get("port") + " " +
                    host.get("target_session_attrs"));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Conninfo, several_hosts_are_tried_one_by_one_each_with_its_port) {
  EXPECT_EQ(tried("postgresql://u@a:1,b:2/db"), (Texts{"a:1 ", "b:2 "}));
  EXPECT_EQ(tried("host=a,b port=5433"), (Texts{"a:5433 ", "b:5433 "}));
  EXPECT_EQ(tried("hostaddr=10.0.0.1,10.0.0.2"), (Texts{"10.0.0.1: ", "10.0.0.2: "}));
}

TEST(Conninfo, one_host_or_none_is_left_as_it_is) {
  EXPECT_EQ(tried("host=a port=1"), (Texts{"a:1 "}));
  EXPECT_EQ(tried("dbname=db"), (Texts{": "}));
}

TEST(Conninfo, lists_that_do_not_go_together_are_left_to_libpq) {
  EXPECT_EQ(tried("host=a,b,c port=1,2"), (Texts{"a,b,c:1,2 "}));
}

TEST(Conninfo, prefer_standby_asks_all_for_a_standby_first) {
  EXPECT_EQ(tried("host=a,b target_session_attrs=prefer-standby"),
            (Texts{"a: standby", "b: standby", "a: any", "b: any"}));
}

}  // namespace
}  // namespace wakestream::cdc
