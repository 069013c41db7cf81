#include "app/preview/recording_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/preview/recording.h"

namespace wakestream::preview {

namespace {
constexpr std::size_t flush_bytes = 1U << 20U;
constexpr mode_t owner_alone = S_IRUSR | S_IWUSR;
}  // namespace

tl::expected<std::unique_ptr<RecordingFile>, std::string> RecordingFile::create(
    const std::string& path, std::uint64_t bytes_max) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_alone);
  if (fd < 0 && errno == EEXIST)
    return tl::unexpected(fmt::format("{} is there already: name another, or remove it", path));
  if (fd < 0)
    return tl::unexpected(
        fmt::format("{} cannot be made: {}; name a file in a folder that you may write to", path,
                    std::strerror(errno)));
  auto file = std::unique_ptr<RecordingFile>(new RecordingFile(fd, path, bytes_max));
  file->buffer_ = recording_header();
  file->whole_bytes_ = file->buffer_.size();
  return file;
}

RecordingFile::~RecordingFile() { ::close(fd_); }

tl::expected<void, std::string> RecordingFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const auto count = ::write(fd_, buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return tl::unexpected(
          fmt::format("{} cannot be written: {}; make room there, or limit it by --bytes-max",
                      path_, std::strerror(errno)));
    done += static_cast<std::size_t>(count);
  }
  written_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

tl::expected<bool, std::string> RecordingFile::add(const Frame& frame, cdc::Lsn end_lsn) {
  append_frame(FrameKind::message, frame.position, frame.payload, buffer_);
  if (written_bytes_ + buffer_.size() > bytes_max_) return false;
  if (end_lsn.valid()) {
    end_lsn_ = end_lsn;
    ++transaction_count_;
    whole_bytes_ = written_bytes_ + buffer_.size();
  }
  if (buffer_.size() >= flush_bytes)
    if (auto flushed = flush(); !flushed) return tl::unexpected(flushed.error());
  return true;
}

tl::expected<void, std::string> RecordingFile::finish() {
  if (whole_bytes_ >= written_bytes_) {
    buffer_.resize(whole_bytes_ - written_bytes_);
  } else {
    buffer_.clear();
    if (::ftruncate(fd_, static_cast<off_t>(whole_bytes_)) != 0 || ::lseek(fd_, 0, SEEK_END) < 0)
      return tl::unexpected(fmt::format("{} cannot be cut: {}", path_, std::strerror(errno)));
    written_bytes_ = whole_bytes_;
  }
  append_frame(FrameKind::end, end_lsn_, {}, buffer_);
  if (auto flushed = flush(); !flushed) return flushed;
  whole_bytes_ = written_bytes_;
  if (::fsync(fd_) != 0)
    return tl::unexpected(
        fmt::format("{} cannot be written: {}; make room there, or limit it by --bytes-max", path_,
                    std::strerror(errno)));
  return {};
}

}  // namespace wakestream::preview
