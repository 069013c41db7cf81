// In which file a topic is. Its name alone does not tell: each writer has a file of its own.
//
// May be used from several threads at once.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/embedded/connection.h"
#include "log/embedded/topic_registry.h"

namespace wakestream::log::embedded {

struct OpenTopic {
  std::string file;
  Connection connection;  // for reading
  StoredTopic topic;
};

class TopicFiles {
 public:
  explicit TopicFiles(std::string folder) : folder_(std::move(folder)) {}

  std::string path_of(const std::string& writer, const char* extension) const;

  // Looks where the topic was last time, otherwise in all files; nothing when no file has it. A
  // file that cannot be read is an error only when no other has the topic: whether it is in there
  // cannot be known then.
  Result<std::optional<OpenTopic>> find(const std::string& topic, Milliseconds busy_wait);

  // Every writer's file.
  Result<std::vector<std::string>> list_files() const;

 private:
  const std::string folder_;
  std::mutex mutex_;
  std::map<std::string, std::string> file_of_topic_;
};

}  // namespace wakestream::log::embedded
