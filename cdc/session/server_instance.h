// One run of one server, among those that a connection string may lead to: several hosts, a name
// with several addresses, a load balancer.
#pragma once

#include <string>

namespace wakestream::cdc {

struct ServerInstance {
  // Where libpq found it: what its parameters host, hostaddr and port must be to lead there again.
  std::string host;
  std::string address;  // empty: a socket of this machine
  std::string port;
  // pg_postmaster_start_time(): behind a load balancer the only thing that differs.
  std::string started_at;

  friend bool operator==(const ServerInstance&, const ServerInstance&) = default;
};

}  // namespace wakestream::cdc
