// Which addresses a request may go to: those of the public internet, and what a recipe allows
// beside them. Asked of the address that is really connected to, so that no name leads elsewhere.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wakestream::emitters {

// IPv6; an IPv4 address is the IPv6 one that it is mapped to (::ffff:a.b.c.d).
using Address = std::array<std::uint8_t, 16>;

std::optional<Address> address_of(const sockaddr* socket_address);

struct AddressRange {
  Address first{};
  unsigned prefix_bits = 0;

  // "10.0.0.0/8", "fd00::/8", or one address.
  static std::optional<AddressRange> parse(std::string_view text);
  bool has(const Address& address) const;
};

class AddressRules {
 public:
  AddressRules() = default;
  explicit AddressRules(std::vector<AddressRange> allowed) : allowed_(std::move(allowed)) {}

  // Not: private, loopback, link-local, shared, multicast, documentation, reserved ones, and IPv6
  // addresses in which such a one is hidden (mapped, NAT64, 6to4, Teredo).
  bool may_connect(const Address& address) const;

 private:
  std::vector<AddressRange> allowed_;
};

}  // namespace wakestream::emitters
