#include "tests/support/kafka_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace wakestream::test {

namespace {

// Runs a shell command; what it printed. An exception when it fails.
std::string run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("popen failed: " + command);
  std::string output;
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
  if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

std::string shell_word(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

std::string script(const std::string& arguments) {
  return run(shell_word(std::string{WAKESTREAM_SOURCE_DIR} + "/scripts/kafka") + " " + arguments);
}

// Ports that nobody listens on. All are held until all are known, or they could be the same.
template <std::size_t count>
std::array<int, count> free_ports() {
  std::array<int, count> ports{};
  std::array<int, count> sockets{};
  for (std::size_t at = 0; at < count; ++at) {
    sockets[at] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(sockets[at], generic, size) != 0 ||
        ::getsockname(sockets[at], generic, &size) != 0) {
      throw std::runtime_error("no free port on 127.0.0.1");
    }
    ports[at] = ntohs(address.sin_port);
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

}  // namespace

KafkaBroker::KafkaBroker(const KafkaBrokerOptions& options) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "wakestream-kafka.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    throw std::runtime_error("no temporary folder: " + folder);
  dir_ = folder;
  const auto [port, controller_port, password_port, certificate_port] = free_ports<4>();
  address_ = "127.0.0.1:" + std::to_string(port);
  std::string arguments = "start --dir " + shell_word(dir_) + " --port " + std::to_string(port) +
                          " --controller-port " + std::to_string(controller_port);
  if (options.secure) {
    password_address_ = "localhost:" + std::to_string(password_port);
    certificate_address_ = "localhost:" + std::to_string(certificate_port);
    arguments +=
        " --secure-ports " + std::to_string(password_port) + "," + std::to_string(certificate_port);
  }
  for (const auto& setting : options.settings) arguments += " -c " + shell_word(setting);
  try {
    script(arguments);
  } catch (const std::exception&) {
    std::filesystem::remove_all(dir_);
    throw;
  }
}

KafkaBroker::~KafkaBroker() {
  try {
    kill();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "a broker was left behind in %s: %s\n", dir_.c_str(), error.what());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void KafkaBroker::kill() { script("stop --kill --dir " + shell_word(dir_)); }

void KafkaBroker::start() { script("start --dir " + shell_word(dir_)); }

void KafkaBroker::freeze() { signal(SIGSTOP); }

void KafkaBroker::thaw() { signal(SIGCONT); }

void KafkaBroker::signal(int number) const {
  ::kill(std::stoi(script("pid --dir " + shell_word(dir_))), number);
}

}  // namespace wakestream::test
