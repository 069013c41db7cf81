#include "app/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace wakestream::app {

namespace {

volatile std::sig_atomic_t signal_count = 0;
int signal_fd = -1;

// A call that nothing can interrupt (a name that is looked up, say) may hold up the end in good
// order. Ten seconds are promised, and being killed loses nothing.
constexpr unsigned seconds_max = 9;

// Only what POSIX allows in a handler.
void on_deadline(int) {
  constexpr char said[] =
      "{\"level\":\"warning\",\"event\":\"stop_deadline\",\"message\":\"ended at the deadline of a "
      "stop, without giving back what was held\"}\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, said, sizeof(said) - 1);
  _exit(0);
}

void on_signal(int) {
  if (signal_count > 0) _exit(130);
  signal_count = 1;
  alarm(seconds_max);
  const eventfd_t one = 1;
  [[maybe_unused]] const auto written = write(signal_fd, &one, sizeof(one));
}

}  // namespace

StopSignal::StopSignal() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  signal_fd = fd_;
  signal_count = 0;
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  struct sigaction deadline{};
  deadline.sa_handler = on_deadline;
  sigaction(SIGALRM, &deadline, nullptr);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

StopSignal::~StopSignal() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGTERM, &standard, nullptr);
  sigaction(SIGINT, &standard, nullptr);
  alarm(0);
  sigaction(SIGALRM, &standard, nullptr);
  signal_fd = -1;
  close(fd_);
}

bool StopSignal::requested() const {
  pollfd entry{fd_, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

}  // namespace wakestream::app
