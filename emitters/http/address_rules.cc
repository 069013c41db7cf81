#include "emitters/http/address_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace wakestream::emitters {

namespace {

constexpr unsigned ipv4_offset_bits = 96;
constexpr unsigned all_bits = 128;

Address mapped(const in_addr& ipv4) {
  Address address{};
  address[10] = address[11] = 0xFF;
  std::memcpy(address.data() + 12, &ipv4, 4);
  return address;
}

// Source: IANA's registries of special-purpose addresses (IPv4 and IPv6).
constexpr std::string_view closed_texts[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",    "2001::/23",
    "2001:db8::/32", "2002::/16",       "3fff::/20"};

const std::vector<AddressRange>& closed() {
  static const auto ranges = [] {
    std::vector<AddressRange> made;
    for (const auto text : closed_texts) made.push_back(*AddressRange::parse(text));
    return made;
  }();
  return ranges;
}

// What is given out to the internet: of IPv6 one eighth, of IPv4 what is not closed.
bool is_global(const Address& address) {
  static const auto unicast = *AddressRange::parse("2000::/3");
  static const auto ipv4 = *AddressRange::parse("0.0.0.0/0");
  return (unicast.has(address) || ipv4.has(address)) &&
         std::none_of(closed().begin(), closed().end(),
                      [&](const auto& range) { return range.has(address); });
}

}  // namespace

std::optional<Address> address_of(const sockaddr* socket_address) {
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, socket_address, sizeof ipv4);
    return mapped(ipv4.sin_addr);
  }
  if (socket_address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 ipv6;
  std::memcpy(&ipv6, socket_address, sizeof ipv6);
  Address address;
  std::memcpy(address.data(), &ipv6.sin6_addr, address.size());
  return address;
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string host(text.substr(0, slash));
  AddressRange range;
  unsigned offset = 0;
  in_addr ipv4;
  if (inet_pton(AF_INET, host.c_str(), &ipv4) == 1) {
    range.first = mapped(ipv4);
    offset = ipv4_offset_bits;
  } else if (inet_pton(AF_INET6, host.c_str(), range.first.data()) != 1) {
    return std::nullopt;
  }
  range.prefix_bits = all_bits;
  if (slash == std::string_view::npos) return range;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > all_bits - offset)
    return std::nullopt;
  range.prefix_bits = bits + offset;
  return range;
}

bool AddressRange::has(const Address& address) const {
  const auto bytes = prefix_bits / 8;
  if (!std::equal(first.begin(), first.begin() + bytes, address.begin())) return false;
  const auto rest = prefix_bits % 8;
  return rest == 0 || ((first[bytes] ^ address[bytes]) >> (8U - rest)) == 0;
}

bool AddressRules::may_connect(const Address& address) const {
  return is_global(address) || std::any_of(allowed_.begin(), allowed_.end(),
                                           [&](const auto& range) { return range.has(address); });
}

}  // namespace wakestream::emitters
