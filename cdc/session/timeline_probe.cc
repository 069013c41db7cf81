#include "cdc/session/timeline_probe.h"

#include <charconv>
#include <utility>

namespace wakestream::cdc {

namespace {

// Whoever asks holds up what is to be written.
constexpr std::chrono::milliseconds answer_timeout{3'000};

}  // namespace

Result<std::unique_ptr<TimelineProbe>> TimelineProbe::connect(SessionOptions options,
                                                              const ServerInstance& server) {
  options.only = server;
  auto connection = connect_for_replication(options);
  if (!connection) return tl::make_unexpected(connection.error());
  auto answer = execute(connection->get(), std::string("SELECT ") + server_start_column,
                        "ask the server when it started", {options.timeout, options.interrupt_fd});
  if (!answer) return tl::make_unexpected(answer.error());
  if (cell(answer->get(), 0, 0) != server.started_at) {
    return tl::make_unexpected(
        Error{ErrorKind::connection_failed,
              "a second connection to the same address reached another server",
              {}});
  }
  return std::unique_ptr<TimelineProbe>(new TimelineProbe(std::move(*connection)));
}

Result<std::uint32_t> TimelineProbe::ask() {
  auto answer = execute(connection_.get(), "IDENTIFY_SYSTEM", "ask the server for its timeline",
                        answer_timeout);
  if (!answer) return tl::make_unexpected(answer.error());
  const auto text = cell(answer->get(), 0, 1);
  std::uint32_t timeline = 0;
  std::from_chars(text.data(), text.data() + text.size(), timeline);
  return timeline;
}

}  // namespace wakestream::cdc
