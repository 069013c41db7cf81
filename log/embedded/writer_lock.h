// The lock that lets one process at a time have a writer open.
//
// It is a flock on a file that stays: the kernel frees it when the process is gone, however it
// went. It is never deleted, since a name that comes and goes would let two processes lock two
// files. Its text, "incarnation (pid N)", is for people and for the message of whoever has to wait;
// it says who held the lock last, and only the lock says whether he still does.
#pragma once

#include <string>

#include "log/event_log.h"

namespace wakestream::log::embedded {

class WriterLock {
 public:
  // Waits up to `deadline` for a holder to go; then ErrorKind::held, naming him.
  static Result<WriterLock> take(const std::string& file, const std::string& incarnation,
                                 Milliseconds deadline);

  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&& other) noexcept;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock();

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace wakestream::log::embedded
