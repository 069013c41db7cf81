#include "roles/capture/own_record.h"

#include <utility>

namespace wakestream::capture {

Checkpoint own_record(Checkpoint base, const Settings& settings, const input::Connected& server,
                      std::uint64_t serial_before) {
  auto record = std::move(base);
  record.pipeline = settings.pipeline;
  record.incarnation = settings.incarnation;
  record.serial = serial_before + 1;
  record.server = server.server;
  record.system_identifier = server.system_identifier;
  record.timeline = server.timeline;
  record.slot = settings.slot;
  return record;
}

}  // namespace wakestream::capture
