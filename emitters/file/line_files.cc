#include "emitters/file/line_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace wakestream::emitters {

namespace {

constexpr std::string_view whole_ending = ".jsonl";
constexpr std::string_view part_ending = ".jsonl.part";
constexpr std::size_t time_letters = 16;  // 20260601T080000Z

std::string said(std::string_view path, int error) {
  return fmt::format("{}: {}", path, std::generic_category().message(error));
}

std::string stem_of(std::chrono::sys_seconds begun, std::uint64_t number) {
  const auto day = std::chrono::floor<std::chrono::days>(begun);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{begun - day};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z-{:06}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(), number);
}

std::optional<std::uint64_t> number_at(std::string_view text, std::size_t at, std::size_t letters) {
  const auto digits = text.substr(std::min(at, text.size()), letters);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole ? std::optional(number) : std::nullopt;
}

struct StemParts {
  std::chrono::sys_seconds begun;
  std::uint64_t number = 0;
};

// Nothing when it is not a name of ours.
std::optional<StemParts> parts_of(std::string_view stem) {
  std::array<std::uint64_t, 7> numbers{};
  constexpr std::array<std::pair<std::size_t, std::size_t>, 7> places{
      {{0, 4}, {4, 2}, {6, 2}, {9, 2}, {11, 2}, {13, 2}, {time_letters + 1, 20}}};
  for (std::size_t at = 0; at < places.size(); ++at) {
    const auto number = number_at(stem, places.at(at).first, places.at(at).second);
    if (!number) return std::nullopt;
    numbers.at(at) = *number;
  }
  const auto part = [&](std::size_t at) { return static_cast<unsigned>(numbers.at(at)); };
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(part(0))},
                                         std::chrono::month{part(1)}, std::chrono::day{part(2)}};
  if (!date.ok()) return std::nullopt;
  StemParts parts{std::chrono::sys_days{date} + std::chrono::hours{part(3)} +
                      std::chrono::minutes{part(4)} + std::chrono::seconds{part(5)},
                  numbers[6]};
  return stem == stem_of(parts.begun, parts.number) ? std::optional(parts) : std::nullopt;
}

// Where the last line ends.
std::optional<std::uint64_t> end_of_lines(int descriptor, std::uint64_t size) {
  std::array<char, 64U << 10U> block{};
  for (auto end = size; end > 0;) {
    const auto begin = end - std::min<std::uint64_t>(end, block.size());
    const auto read = ::pread(descriptor, block.data(), end - begin, static_cast<off_t>(begin));
    if (read != static_cast<ssize_t>(end - begin)) return std::nullopt;
    const std::string_view bytes(block.data(), end - begin);
    if (const auto at = bytes.rfind('\n'); at != std::string_view::npos) return begin + at + 1;
    end = begin;
  }
  return 0;
}

// The errno; 0 when all of it was written.
int write_whole(int descriptor, std::string_view bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return 0;
}

// The errno; EEXIST where there is such a file. 0: it has the new name.
int rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL) return errno;
  // A file system that cannot promise it, such as NFS.
  if (::access(to.c_str(), F_OK) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

LineFiles::Handle::~Handle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string LineFiles::path(std::string_view stem, std::string_view ending) const {
  return fmt::format("{}/{}{}", settings_.folder, stem, ending);
}

tl::expected<void, LineFiles::Failure> LineFiles::append(std::string_view lines,
                                                         std::chrono::sys_seconds now) {
  if (auto opened = open(now); !opened) return tl::unexpected(Failure{opened.error()});
  auto& part = *part_;
  const auto name = path(part.stem, part_ending);
  if (const int error = write_whole(part.handle.get(), lines, part.bytes); error != 0) {
    const bool undone = ::ftruncate(part.handle.get(), static_cast<off_t>(part.bytes)) == 0;
    if (!undone) leave();
    return tl::unexpected(Failure{said(name, error), !undone});
  }
  if (::fdatasync(part.handle.get()) != 0) {
    // What is on the disk is not known any more, and another fsync would not say it.
    const int error = errno;
    leave();
    return tl::unexpected(Failure{said(name, error), true});
  }
  part.bytes += lines.size();
  return {};
}

std::optional<std::chrono::sys_seconds> LineFiles::due() const {
  if (!part_ || part_->bytes == 0) return std::nullopt;
  return part_->begun + settings_.rotate_after;
}

// The next call takes it up again, and cuts off what is no line.
void LineFiles::leave() {
  part_.reset();
  looked_ = false;
}

tl::expected<void, std::string> LineFiles::finish_due(std::chrono::sys_seconds now) {
  const auto at = due();
  if (!at || (*at > now && part_->bytes < settings_.rotate_bytes)) return {};
  return finish();
}

tl::expected<void, std::string> LineFiles::finish() {
  const auto from = path(part_->stem, part_ending);
  auto stem = part_->stem;
  while (const int error = rename_to_new(from, path(stem, whole_ending))) {
    if (error != EEXIST) return tl::unexpected(said(from, error));
    stem = stem_of(part_->begun, ++last_number_);
  }
  part_.reset();
  return sync_folder();
}

tl::expected<void, std::string> LineFiles::sync_folder() const {
  const Handle folder(::open(settings_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return tl::unexpected(said(settings_.folder, errno));
  return {};
}

tl::expected<void, std::string> LineFiles::open(std::chrono::sys_seconds now) {
  if (part_) return {};
  std::error_code error;
  std::filesystem::create_directories(settings_.folder, error);
  if (error) return tl::unexpected(said(settings_.folder, error.value()));
  for (const auto& stem : looked_ ? std::vector<std::string>() : stems_left_behind()) {
    auto left = take_over(stem);
    if (!left) continue;
    // Only the newest one is continued.
    if (part_ && part_->bytes > 0)
      if (auto finished = finish(); !finished) return finished;
    if (part_) ::unlink(path(part_->stem, part_ending).c_str());
    part_ = std::move(left);
  }
  looked_ = true;
  if (part_) return {};
  return begin(now);
}

std::vector<std::string> LineFiles::stems_left_behind() {
  std::vector<std::string> stems;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(settings_.folder, error)) {
    const auto name = entry.path().filename().string();
    const auto stem = name.substr(0, name.find('.'));
    const auto parts = parts_of(stem);
    if (!parts) continue;
    last_number_ = std::max(last_number_, parts->number);
    if (name == stem + std::string(part_ending)) stems.push_back(stem);
  }
  std::sort(stems.begin(), stems.end());
  return stems;
}

// Nothing when another process has it, or has finished it just now.
std::optional<LineFiles::Part> LineFiles::take_over(const std::string& stem) {
  const auto name = path(stem, part_ending);
  Part part{Handle(::open(name.c_str(), O_RDWR | O_CLOEXEC)), stem, parts_of(stem)->begun};
  struct stat opened{};
  struct stat named{};
  if (!part.handle || ::flock(part.handle.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::fstat(part.handle.get(), &opened) != 0 || ::stat(name.c_str(), &named) != 0 ||
      opened.st_ino != named.st_ino)
    return std::nullopt;
  const auto end = end_of_lines(part.handle.get(), static_cast<std::uint64_t>(opened.st_size));
  if (!end || ::ftruncate(part.handle.get(), static_cast<off_t>(*end)) != 0) return std::nullopt;
  part.bytes = *end;
  return part;
}

tl::expected<void, std::string> LineFiles::begin(std::chrono::sys_seconds now) {
  while (true) {
    const auto stem = stem_of(now, ++last_number_);
    const auto name = path(stem, part_ending);
    Handle handle(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!handle && errno == EEXIST) continue;
    if (!handle || ::flock(handle.get(), LOCK_EX | LOCK_NB) != 0)
      return tl::unexpected(said(name, errno));
    if (auto synced = sync_folder(); !synced) {
      ::unlink(name.c_str());
      return synced;
    }
    part_ = Part{std::move(handle), stem, now};
    return {};
  }
}

}  // namespace wakestream::emitters
