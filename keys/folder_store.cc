#include "keys/folder_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace wakestream::keys {

namespace {

constexpr unsigned open_to_others = 077;

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> failed(std::string_view doing, const std::string& path, int error) {
  const bool for_a_person = error == EACCES || error == EPERM || error == EROFS;
  return tl::unexpected(Error{for_a_person ? ErrorKind::unusable : ErrorKind::unavailable,
                              fmt::format("the key store cannot {} {}: {}", doing, path,
                                          std::generic_category().message(error)),
                              {}});
}

// Nothing: there is none.
Result<std::optional<Key>> read_key(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) return std::optional<Key>{};
    return failed("read", path, errno);
  }
  struct stat found{};
  if (::fstat(file.fd(), &found) != 0) return failed("read", path, errno);
  if ((found.st_mode & open_to_others) != 0) {
    auto mend = fmt::format("chmod 600 '{}'", path);
    auto message = fmt::format(
        "others on this machine may read the key {} (its mode is {:04o}): run {}, or put another "
        "key in its place if it was read",
        path, found.st_mode & 07777U, mend);
    return tl::unexpected(Error{ErrorKind::unusable, std::move(message), std::move(mend)});
  }
  std::array<char, 2 * Key::byte_count + 8> text{};
  const auto size = ::read(file.fd(), text.data(), text.size());
  if (size < 0) return failed("read", path, errno);
  auto key = Key::parse({text.data(), static_cast<std::size_t>(size)});
  if (!key)
    return tl::unexpected(
        Error{ErrorKind::unusable,
              fmt::format("the file {} does not hold a key, which is 64 hexadecimal digits: put "
                          "back the one that was there; none is made in its place",
                          path),
              {}});
  return key;
}

Result<void> to_disk(const std::string& folder) {
  const File directory(folder, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open() || ::fsync(directory.fd()) != 0) return failed("write", folder, errno);
  return {};
}

Result<void> make_folder(const std::string& folder) {
  const auto above = std::filesystem::absolute(folder).parent_path();
  std::error_code problem;
  std::filesystem::create_directories(above, problem);
  if (problem) return failed("make", above.string(), problem.value());
  if (::mkdir(folder.c_str(), 0700) == 0) return to_disk(above.string());
  if (errno != EEXIST) return failed("make", folder, errno);
  return {};
}

Result<void> write_key(const std::string& path, const Key& key) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file.is_open()) return failed("write", path, errno);
  const auto text = key.reveal() + "\n";
  const auto written = ::write(file.fd(), text.data(), text.size());
  if (written < 0) return failed("write", path, errno);
  if (static_cast<std::size_t>(written) != text.size()) return failed("write", path, ENOSPC);
  if (::fsync(file.fd()) != 0) return failed("write", path, errno);
  return {};
}

// Under another name first, so that nobody finds half of it.
Result<void> make_key(const std::string& folder, const std::string& path) {
  if (auto made = make_folder(folder); !made) return made;
  const auto unfinished = fmt::format("{}.{}.new", path, ::getpid());
  ::unlink(unfinished.c_str());  // of a process that died
  auto written = write_key(unfinished, Key::make());
  if (written && ::link(unfinished.c_str(), path.c_str()) != 0 && errno != EEXIST)
    written = failed("write", path, errno);
  ::unlink(unfinished.c_str());
  if (!written) return written;
  return to_disk(folder);
}

}  // namespace

Result<Key> FolderStore::get(std::string_view name, WhenMissing when_missing) {
  const auto path = fmt::format("{}/{}.key", folder_, name);
  auto found = read_key(path);
  if (found && !*found && when_missing == WhenMissing::make) {
    if (auto made = make_key(folder_, path); !made) return tl::unexpected(made.error());
    found = read_key(path);
  }
  if (!found) return tl::unexpected(found.error());
  if (!*found)
    return tl::unexpected(
        Error{ErrorKind::missing, fmt::format("there is no key {}: put it back", path), {}});
  return std::move(**found);
}

}  // namespace wakestream::keys
