// SIGTERM and SIGINT as a descriptor that becomes readable, and stays so. A second signal ends the
// program at once.
//
// One at a time in a process. Also ignores SIGPIPE: a closed pipe is an error of the write.
#pragma once

namespace wakestream::app {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int fd() const { return fd_; }
  bool requested() const;

 private:
  int fd_;
};

}  // namespace wakestream::app
