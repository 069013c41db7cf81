#include "app/reload_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace wakestream::app {

namespace {

int signal_fd = -1;

// Only what POSIX allows in a handler.
void on_signal(int) {
  const eventfd_t one = 1;
  [[maybe_unused]] const auto written = write(signal_fd, &one, sizeof(one));
}

}  // namespace

ReloadSignal::ReloadSignal() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  signal_fd = fd_;
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
}

ReloadSignal::~ReloadSignal() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGHUP, &standard, nullptr);
  signal_fd = -1;
  close(fd_);
}

}  // namespace wakestream::app
