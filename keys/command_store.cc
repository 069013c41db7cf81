#include "keys/command_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

extern char** environ;

namespace wakestream::keys {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t output_bytes_max = 4096;  // what comes behind it is thrown away
constexpr std::size_t said_bytes_max = 200;
constexpr std::size_t hex_run_max = 16;
constexpr milliseconds exit_poll{5};

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    close_writer();
    close_reader();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_writer() {
    if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  bool is_open() const { return ends[0] >= 0; }
  // Takes what is there. The reader is closed at its end.
  void take() {
    std::array<char, 1024> some{};
    const auto size = ::read(ends[0], some.data(), some.size());
    if (size < 0 && errno == EINTR) return;
    if (size <= 0) return close_reader();
    const auto room = output_bytes_max - std::min(output_bytes_max, text.size());
    text.append(some.data(), std::min(room, static_cast<std::size_t>(size)));
  }

  std::array<int, 2> ends{-1, -1};
  std::string text;
};

// Starts it in a process group of its own; the number is that of its error, 0 when there is none.
int start(const std::vector<std::string>& words, const Pipe& out, const Pipe& err, pid_t& pid) {
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (auto& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// What it said until it closed its ends, or until the time is over.
void read_both(Pipe& out, Pipe& err, Clock::time_point until) {
  while (out.is_open() || err.is_open()) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    if (left <= 0) return;
    std::array<pollfd, 2> entries{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), static_cast<int>(left)) <= 0) continue;
    if (entries[0].revents != 0) out.take();
    if (entries[1].revents != 0) err.take();
  }
}

// Its wait status. Nothing: it had to be killed.
std::optional<int> wait_for(pid_t pid, Clock::time_point until) {
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (Clock::now() >= until) {
      ::kill(-pid, SIGKILL);
      while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      return std::nullopt;
    }
    std::this_thread::sleep_for(exit_poll);
  }
  return status;
}

bool is_hex(char letter) { return std::isxdigit(static_cast<unsigned char>(letter)) != 0; }

// The last line of it, as a part of a message: it may hold what looks like a key.
std::string said(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  text.remove_prefix(std::min(text.size(), text.rfind('\n') + 1));
  std::string line;
  for (std::size_t at = 0; at < text.size() && line.size() < said_bytes_max;) {
    std::size_t end = at;
    while (end < text.size() && is_hex(text[end])) ++end;
    if (end - at > hex_run_max) {
      line += "(left out)";
      at = end;
      continue;
    }
    const char letter = text[at++];
    line += letter >= ' ' && letter <= '~' ? letter : '?';
  }
  return line.empty() ? std::string() : ": " + line;
}

tl::unexpected<Error> unavailable(std::string message) {
  return tl::unexpected(Error{ErrorKind::unavailable, std::move(message), {}});
}

}  // namespace

Result<Key> CommandStore::get(std::string_view name, WhenMissing) {
  auto words = words_;
  words.emplace_back(name);
  Pipe out;
  Pipe err;
  if (!out.is_open() || !err.is_open())
    return unavailable("the key store's command cannot be started: no file is free");
  pid_t pid = 0;
  if (const int error = start(words, out, err, pid); error != 0)
    return unavailable(fmt::format("the key store's command {} cannot be started: {}", words[0],
                                   std::generic_category().message(error)));
  out.close_writer();
  err.close_writer();
  const auto until = Clock::now() + timeout_;
  read_both(out, err, until);
  const auto status = wait_for(pid, until);
  if (!status)
    return unavailable(fmt::format("the key store's command {} did not end within {} s{}", words[0],
                                   timeout_.count() / 1000, said(err.text)));
  if (!WIFEXITED(*status))
    return unavailable(fmt::format("the key store's command {} was ended by signal {}{}", words[0],
                                   WTERMSIG(*status), said(err.text)));
  if (WEXITSTATUS(*status) != 0)
    return unavailable(fmt::format("the key store's command {} ended with {} for the key {}{}",
                                   words[0], WEXITSTATUS(*status), name, said(err.text)));
  auto key = Key::parse(out.text);
  if (!key)
    return tl::unexpected(Error{
        ErrorKind::unusable,
        fmt::format("what the key store's command {} gives for {} is no key: it has {} bytes, and "
                    "must be 64 hexadecimal digits and nothing else",
                    words[0], name, out.text.size()),
        {}});
  return std::move(*key);
}

}  // namespace wakestream::keys
