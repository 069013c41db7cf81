// Which addresses a request may go to.
#include "emitters/http/address_rules.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/un.h>

namespace wakestream::emitters {
namespace {

Address address(const char* text) { return AddressRange::parse(text).value().first; }

TEST(AddressRulesTest, the_public_internet_may_be_reached) {
  for (const auto* text :
       {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
        "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"})
    EXPECT_TRUE(AddressRules().may_connect(address(text))) << text;
}

TEST(AddressRulesTest, what_is_private_or_special_may_not) {
  for (const auto* text :
       {"0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "fec0::1",
        // IPv4 in IPv6: mapped, compatible, NAT64, 6to4, Teredo.
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:0:7f00:1::"})
    EXPECT_FALSE(AddressRules().may_connect(address(text))) << text;
}

TEST(AddressRulesTest, a_recipe_allows_ranges_and_nothing_beside_them) {
  const AddressRules rules({*AddressRange::parse("10.1.0.0/16"), *AddressRange::parse("fd00::/9"),
                            *AddressRange::parse("127.0.0.1")});
  for (const auto* text : {"10.1.0.0", "10.1.255.255", "fd7f::1", "127.0.0.1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(rules.may_connect(address(text))) << text;
  for (const auto* text : {"10.2.0.0", "10.0.255.255", "fd80::1", "127.0.0.2"})
    EXPECT_FALSE(rules.may_connect(address(text))) << text;
}

TEST(AddressRulesTest, a_range_is_read_or_refused) {
  EXPECT_EQ(AddressRange::parse("10.0.0.0/8")->prefix_bits, 104U);
  for (const auto* text : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::1/129",
                           "localhost", "10.0.0.0/8 "})
    EXPECT_FALSE(AddressRange::parse(text)) << text;
}

TEST(AddressRulesTest, the_address_of_a_socket_is_taken_and_no_other_kind) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  inet_pton(AF_INET, "10.2.3.4", &ipv4.sin_addr);
  EXPECT_EQ(address_of(reinterpret_cast<const sockaddr*>(&ipv4)), address("10.2.3.4"));
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "fe80::1", &ipv6.sin6_addr);
  EXPECT_EQ(address_of(reinterpret_cast<const sockaddr*>(&ipv6)), address("fe80::1"));
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(address_of(reinterpret_cast<const sockaddr*>(&local)));
}

}  // namespace
}  // namespace wakestream::emitters
