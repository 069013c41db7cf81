// What a running process says of itself at /status, for `wakestream status`: one JSON object.
//
// docs/monitoring.md has its members. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "app/http/feed.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

struct ProcessView {
  std::string pipeline;
  std::string version;
  capture::CaptureFacts facts;
  SourceView source;
  std::int64_t now_ms = 0;
};

std::string process_status(const ProcessView& view);

}  // namespace wakestream::app
