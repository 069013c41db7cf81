#include "log/embedded/writer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "log/embedded/folder.h"

namespace wakestream::log::embedded {

namespace {

constexpr Milliseconds retry_pause{20};

std::string holder_of(int descriptor) {
  char text[512];
  const auto size = ::pread(descriptor, text, sizeof text, 0);
  if (size <= 0) return "another process";
  std::string holder(text, static_cast<std::size_t>(size));
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder;
}

Result<void> say_who(int descriptor, const std::string& file, const std::string& incarnation) {
  const auto text = fmt::format("{} (pid {})\n", incarnation, ::getpid());
  if (::ftruncate(descriptor, 0) == 0 &&
      ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return tl::unexpected(system_error(errno, "write", file));
}

}  // namespace

Result<WriterLock> WriterLock::take(const std::string& file, const std::string& incarnation,
                                    Milliseconds deadline) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return tl::unexpected(system_error(errno, "open", file));
  WriterLock lock(descriptor);
  const auto give_up = std::chrono::steady_clock::now() + deadline;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return tl::unexpected(system_error(errno, "lock", file));
    const auto left = give_up - std::chrono::steady_clock::now();
    if (left <= Milliseconds::zero()) {
      return tl::unexpected(
          Error{ErrorKind::held, fmt::format("{} is held by {}: end that process, or wait for it",
                                             file, holder_of(descriptor))});
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(retry_pause, left));
  }
  if (auto said = say_who(descriptor, file, incarnation); !said)
    return tl::unexpected(std::move(said.error()));
  return lock;
}

WriterLock::WriterLock(WriterLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock& WriterLock::operator=(WriterLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

WriterLock::~WriterLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace wakestream::log::embedded
