// The pipeline's checkpoint as it stands in the log, for whoever looks and changes nothing.
#pragma once

#include <optional>
#include <string>

#include "log/event_log.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::app {

// Nothing where nothing was captured yet. ErrorKind::corrupt when the record cannot be read.
log::Result<std::optional<capture::Checkpoint>> read_checkpoint(log::EventLog& event_log,
                                                                const std::string& pipeline,
                                                                log::Milliseconds deadline);

}  // namespace wakestream::app
