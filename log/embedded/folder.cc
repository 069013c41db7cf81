#include "log/embedded/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace wakestream::log::embedded {

Error system_error(int error_number, const std::string& doing, const std::string& path) {
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorKind::denied,
              fmt::format("cannot {} {}: {}", doing, path, std::strerror(error_number))};
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return {ErrorKind::bad_option,
              fmt::format("cannot {} {}: {}", doing, path, std::strerror(error_number))};
    case ENOSPC:
    case EDQUOT:
      return {ErrorKind::unreachable, fmt::format("disk full: cannot {} {}", doing, path)};
    default:
      return {ErrorKind::unreachable,
              fmt::format("cannot {} {}: {}", doing, path, std::strerror(error_number))};
  }
}

Result<void> sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return tl::unexpected(system_error(errno, "open the folder", path));
  const int failed = ::fsync(folder) == 0 ? 0 : errno;
  ::close(folder);
  if (failed != 0) return tl::unexpected(system_error(failed, "sync the folder", path));
  return {};
}

Result<void> make_folder(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return tl::unexpected(
        Error{ErrorKind::bad_option, fmt::format("{} is a file, not a folder", path)});
  }
  if (errno != ENOENT) return tl::unexpected(system_error(errno, "look at the folder", path));

  std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent = ".";
  if (auto made = make_folder(parent); !made) return made;
  // Another process may have been faster.
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return tl::unexpected(system_error(errno, "make the folder", path));
  }
  return sync_folder(parent);
}

}  // namespace wakestream::log::embedded
