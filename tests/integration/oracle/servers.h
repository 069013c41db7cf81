// One server of each version for all tests of the program.
#pragma once

#include <map>
#include <memory>

#include "tests/support/postgres_server.h"

namespace wakestream::test::oracle {

inline const PostgresServer& server_of(int version) {
  static std::map<int, std::unique_ptr<PostgresServer>> servers;
  auto& server = servers[version];
  if (!server) server = std::make_unique<PostgresServer>(version);
  return *server;
}

}  // namespace wakestream::test::oracle
