#include "app/logging.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

namespace wakestream::app {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

spdlog::level::level_enum level_of(Logger::Level level) {
  switch (level) {
    case Logger::Level::info:
      return spdlog::level::info;
    case Logger::Level::warning:
      return spdlog::level::warn;
    case Logger::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

void put(JsonWriter& json, std::string_view name, std::string_view text) {
  json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string time_text() {
  const auto now = std::chrono::system_clock::now();
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     millis);
}

std::string json_line(Logger::Level level, std::string_view event, std::string_view message,
                      const Logger::Fields& fields) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "time", time_text());
  put(json, "level",
      level == Logger::Level::info      ? "info"
      : level == Logger::Level::warning ? "warning"
                                        : "error");
  put(json, "event", event);
  put(json, "message", message);
  for (const auto& [name, value] : fields) put(json, name, value);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string text_line(std::string_view message, const Logger::Fields& fields) {
  std::string line(message);
  for (const auto& [name, value] : fields) line += fmt::format("  {}={}", name, value);
  return line;
}

}  // namespace

struct Logger::Impl {
  std::shared_ptr<spdlog::logger> sink;
  bool json = false;
};

Logger::Logger(LogFormat format) : impl_(std::make_unique<Impl>()) {
  impl_->json =
      format == LogFormat::json || (format == LogFormat::automatic && isatty(STDERR_FILENO) == 0);
  if (impl_->json) {
    impl_->sink = std::make_shared<spdlog::logger>(
        "wakestream", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    impl_->sink->set_pattern("%v");
  } else {
    // Colours only where a person sees them.
    impl_->sink = std::make_shared<spdlog::logger>(
        "wakestream",
        std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(spdlog::color_mode::automatic));
    impl_->sink->set_pattern("%H:%M:%S %^%-7l%$ %v");
  }
  impl_->sink->flush_on(spdlog::level::info);
}

Logger::~Logger() = default;

void Logger::log(Level level, std::string_view event, std::string_view message,
                 const Fields& fields) {
  impl_->sink->log(
      level_of(level), "{}",
      impl_->json ? json_line(level, event, message, fields) : text_line(message, fields));
}

}  // namespace wakestream::app
