#include "log/embedded/topic_files.h"

#include <algorithm>
#include <filesystem>

#include "log/embedded/folder.h"
#include "log/embedded/log_file.h"

namespace wakestream::log::embedded {

namespace {

Result<std::optional<OpenTopic>> find_in(const std::string& file, const std::string& topic,
                                         Milliseconds busy_wait) {
  auto connection = open_for_reading(file, busy_wait);
  if (!connection) return tl::unexpected(std::move(connection.error()));
  if (!*connection) return std::optional<OpenTopic>();
  auto found = find_topic(**connection, topic, Stage::opening);
  if (!found) return tl::unexpected(std::move(found.error()));
  if (!*found) return std::optional<OpenTopic>();
  return std::optional<OpenTopic>(OpenTopic{file, std::move(**connection), std::move(**found)});
}

}  // namespace

std::string TopicFiles::path_of(const std::string& writer, const char* extension) const {
  return (std::filesystem::path(folder_) / (writer + extension)).string();
}

Result<std::optional<OpenTopic>> TopicFiles::find(const std::string& topic,
                                                  Milliseconds busy_wait) {
  std::string known;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (const auto at = file_of_topic_.find(topic); at != file_of_topic_.end()) known = at->second;
  }
  if (!known.empty()) return find_in(known, topic, busy_wait);
  const auto files = list_files();
  if (!files) return tl::unexpected(files.error());
  std::optional<Error> unreadable;
  for (const auto& file : *files) {
    auto found = find_in(file, topic, busy_wait);
    if (found && *found) {
      const std::lock_guard<std::mutex> guard(mutex_);
      file_of_topic_[topic] = file;
      return found;
    }
    if (!found && !unreadable) unreadable = std::move(found.error());
  }
  if (unreadable) return tl::unexpected(std::move(*unreadable));
  return std::optional<OpenTopic>();
}

Result<std::vector<std::string>> TopicFiles::list_files() const {
  std::vector<std::string> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == ".sqlite") files.push_back(at->path().string());
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return tl::unexpected(system_error(failed.value(), "list the folder", folder_));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace wakestream::log::embedded
