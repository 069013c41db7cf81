#include "tests/support/postgres_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace wakestream::test {

namespace {

int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

void script(const std::string& arguments) {
  const auto command = fmt::format("{}/scripts/postgres {} 2>&1", WAKESTREAM_SOURCE_DIR, arguments);
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string said;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr)
    said += buffer.data();
  if (pclose(pipe.release()) != 0) throw std::runtime_error(command + ": " + said);
}

}  // namespace

PostgresServer::PostgresServer(int version, const std::vector<std::string>& settings)
    : version_(version) {
  std::string name = "/tmp/wakestream-postgres.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  chmod(name.c_str(), 0755);  // user postgres must get in
  dir_ = name;
  port_ = free_port();
  std::string options;
  for (const auto& setting : settings) options += fmt::format(" -c '{}'", setting);
  script(fmt::format("start --dir {} --port {} --version {}{}", dir_, port_, version_, options));
}

PostgresServer::~PostgresServer() {
  try {
    stop("immediate");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  if (std::system(("rm -rf " + dir_).c_str()) != 0)
    std::fprintf(stderr, "%s was not removed\n", dir_.c_str());
}

std::string PostgresServer::conninfo(const std::string& database, const std::string& user) const {
  return fmt::format("host=127.0.0.1 port={} dbname={} user={}", port_, database, user);
}

void PostgresServer::restart(const std::string& mode) {
  script(fmt::format("restart --dir {} --mode {}", dir_, mode));
}
void PostgresServer::stop(const std::string& mode) {
  script(fmt::format("stop --dir {} --mode {}", dir_, mode));
}
void PostgresServer::start() { script(fmt::format("start --dir {}", dir_)); }

std::string PostgresServer::sql(const std::string& statements, const std::string& database) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
      PQconnectdb(conninfo(database).c_str()), PQfinish);
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
      PQexec(connection.get(), statements.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  std::string rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    if (row > 0) rows += '\n';
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (column > 0) rows += '|';
      rows += PQgetvalue(result.get(), row, column);
    }
  }
  return rows;
}

}  // namespace wakestream::test
