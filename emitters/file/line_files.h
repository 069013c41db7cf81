// A folder of files of lines, for whoever takes them from there.
//
// Lines go into a file whose name ends in ".part". When it is large or old enough it loses that
// ending by one rename: so a file without it is whole, and never changes again. Names are the UTC
// time at which a file was begun, and a number: 20260601T080000Z-000001.jsonl. In the order of
// their names files are in the order of their lines, as long as the clock does not go back.
//
// A file that a process left behind is continued; what stands behind its last line end is cut off
// before. Several processes may write into one folder: each holds a lock on the file that it
// writes.
//
// One thread. Everything that can fail says why, in words.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "emitters/file/file_settings.h"

namespace wakestream::emitters {

class LineFiles {
 public:
  struct Failure {
    std::string reason;
    bool perhaps_written = false;  // some of the lines may be there
  };

  explicit LineFiles(FileSettings settings) : settings_(std::move(settings)) {}

  // Whole lines, each with its end. They are on the disk when this returns; after a failure nothing
  // is there, unless it says so.
  tl::expected<void, Failure> append(std::string_view lines, std::chrono::sys_seconds now);

  // Finishes a file that is large or old enough. A failure is tried again at the next call.
  tl::expected<void, std::string> finish_due(std::chrono::sys_seconds now);
  // When there will be such a one by its age.
  std::optional<std::chrono::sys_seconds> due() const;

 private:
  // An open file, and the lock on it.
  class Handle {
   public:
    Handle() = default;
    explicit Handle(int descriptor) : descriptor_(descriptor) {}
    Handle(Handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Handle& operator=(Handle&& other) noexcept {
      std::swap(descriptor_, other.descriptor_);
      return *this;
    }
    ~Handle();
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }

   private:
    int descriptor_ = -1;
  };
  struct Part {
    Handle handle;
    std::string stem;  // of its name
    std::chrono::sys_seconds begun;
    std::uint64_t bytes = 0;
  };

  tl::expected<void, std::string> open(std::chrono::sys_seconds now);
  std::vector<std::string> stems_left_behind();
  std::optional<Part> take_over(const std::string& stem);
  tl::expected<void, std::string> begin(std::chrono::sys_seconds now);
  tl::expected<void, std::string> finish();
  void leave();
  tl::expected<void, std::string> sync_folder() const;
  std::string path(std::string_view stem, std::string_view ending) const;

  FileSettings settings_;
  std::optional<Part> part_;
  std::uint64_t last_number_ = 0;  // of a file of this folder
  bool looked_ = false;            // for what was left behind
};

}  // namespace wakestream::emitters
