// SIGHUP as an eventfd that becomes readable, until it is read.
//
// One at a time in a process.
#pragma once

namespace wakestream::app {

class ReloadSignal {
 public:
  ReloadSignal();
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace wakestream::app
