// A PostgreSQL server of one test program's own, by scripts/postgres: started in the constructor,
// gone with its data in the destructor. What goes wrong on the way is an exception with what the
// script said.
#pragma once

#include <string>
#include <vector>

namespace wakestream::test {

class PostgresServer {
 public:
  // `settings` are key=value of postgresql.conf.
  explicit PostgresServer(int version = 15, const std::vector<std::string>& settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // A libpq connection string for user postgres; the same after a restart.
  std::string conninfo(const std::string& database = "postgres",
                       const std::string& user = "postgres") const;
  int port() const { return port_; }

  void restart(const std::string& mode = "fast");
  void stop(const std::string& mode = "fast");
  void start();

  // Runs statements and returns the last one's rows: columns joined by '|', rows by newlines.
  // Throws with the server's words when one fails.
  std::string sql(const std::string& statements, const std::string& database = "postgres") const;

 private:
  int version_;
  std::string dir_;
  int port_ = 0;
};

}  // namespace wakestream::test
