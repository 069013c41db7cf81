// What the program says while it runs: to stderr, for people on a terminal and as JSON lines
// elsewhere. A line has a level, a stable event name, a sentence and fields; never a cell's value
// and never a secret.
//
// Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wakestream::app {

enum class LogFormat { automatic, text, json };

class Logger {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  enum class Level { info, warning, error };

  explicit Logger(LogFormat format);
  ~Logger();

  void log(Level level, std::string_view event, std::string_view message,
           const Fields& fields = {});
  void info(std::string_view event, std::string_view message, const Fields& fields = {}) {
    log(Level::info, event, message, fields);
  }
  void error(std::string_view event, std::string_view message, const Fields& fields = {}) {
    log(Level::error, event, message, fields);
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakestream::app
