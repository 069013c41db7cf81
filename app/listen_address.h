// Where the program listens: "127.0.0.1:9464", "[::1]:9464", or a port alone, which means this
// machine only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::app {

struct ListenAddress {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: any free one

  bool to_this_machine_only() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
  }
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

std::optional<ListenAddress> parse_listen_address(std::string_view text);
std::string to_string(const ListenAddress& address);

}  // namespace wakestream::app
