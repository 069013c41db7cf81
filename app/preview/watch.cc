// --watch: the first mistake with its line and a caret, and the result once there is none.
#include <fmt/format.h>
#include <poll.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "app/commands.h"
#include "app/preview/preview.h"

namespace wakestream::preview {

namespace {

constexpr int look_every_ms = 200;

// When and how large files were, for finding out that one was saved. An editor may put another file
// in the place of the old one: only its name counts.
class FileStamps {
 public:
  explicit FileStamps(const std::vector<std::string>& paths) : paths_(paths), seen_(now()) {}
  bool changed() const { return now() != seen_; }

 private:
  struct Stamp {
    std::filesystem::file_time_type time;
    std::uintmax_t size;
    bool operator==(const Stamp&) const = default;
  };
  std::vector<Stamp> now() const {
    std::vector<Stamp> stamps;
    for (const auto& path : paths_) {
      std::error_code none;  // a file that is not there has a stamp too
      stamps.push_back(
          {std::filesystem::last_write_time(path, none), std::filesystem::file_size(path, none)});
    }
    return stamps;
  }

  std::vector<std::string> paths_;
  std::vector<Stamp> seen_;
};

std::string line_of(const std::string& path, int number) {
  std::ifstream file(path);
  std::string line;
  for (int at = 0; at < number; ++at)
    if (!std::getline(file, line)) return {};
  return line;
}

// As wide as what stands before the place: a tab for a tab.
std::string pad(const std::string& line, int column) {
  std::string blanks;
  int character = 1;
  for (const char letter : line) {
    const bool goes_on = (static_cast<unsigned char>(letter) & 0xC0U) == 0x80U;
    if (goes_on) continue;
    if (character++ >= column) break;
    blanks += letter == '\t' ? '\t' : ' ';
  }
  return blanks;
}

void show(const Preview::Failure& failure) {
  if (failure.rule_problems.empty()) {
    fmt::print(stderr, "{}\n", failure.problem);
    return;
  }
  const auto& first = failure.rule_problems.front();
  fmt::print(stderr, "{}\n", mapping::to_string(first));
  if (first.line > 0) {
    const auto line = line_of(first.file, first.line);
    fmt::print(stderr, "{:5} | {}\n      | {}^\n", first.line, line, pad(line, first.column));
  }
  if (failure.rule_problems.size() > 1)
    fmt::print(stderr, "and {} more behind it\n", failure.rule_problems.size() - 1);
}

}  // namespace

int Preview::watch() {
  while (!stop_.requested()) {
    const FileStamps stamps(rule_paths());
    auto looked = std::chrono::steady_clock::now();
    const auto saved = [&] {
      const auto now = std::chrono::steady_clock::now();
      if (now - looked < std::chrono::milliseconds(look_every_ms)) return false;
      looked = now;
      return stamps.changed();
    };
    if (const auto failure = round(saved)) show(*failure);
    pump_.reset();
    source_.reset();
    if (output_.closed()) break;
    fmt::print(stderr, "-- waiting for the rules to change; Ctrl-C ends --\n");
    pollfd stop{stop_.fd(), POLLIN, 0};
    while (!stop_.requested() && !stamps.changed()) poll(&stop, 1, look_every_ms);
  }
  return app::exit_done;
}

}  // namespace wakestream::preview
