#include "roles/capture/failpoint.h"

#ifdef WAKESTREAM_FAILPOINTS

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace wakestream::capture {

namespace {

// What was handed to a library's threads (librdkafka's) is with the broker by then.
constexpr std::chrono::milliseconds until_others_sent{300};

struct Armed {
  std::string name;
  long hits_left = 0;
  int signal = SIGKILL;
};

Armed read_environment() {
  const char* variable = std::getenv("WAKESTREAM_FAILPOINT");
  if (variable == nullptr) return {};
  const std::string_view text = variable;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {std::string(text), 1, SIGKILL};
  return {std::string(text.substr(0, colon)), std::strtol(variable + colon + 1, nullptr, 10),
          text.ends_with(":stop") ? SIGSTOP : SIGKILL};
}

}  // namespace

void failpoint(const char* name) {
  static const Armed armed = read_environment();
  static std::atomic<long> hits_left{armed.hits_left};
  if (armed.name != name || hits_left.fetch_sub(1) != 1) return;
  if (armed.signal == SIGSTOP) std::this_thread::sleep_for(until_others_sent);
  std::raise(armed.signal);
}

}  // namespace wakestream::capture

#endif
