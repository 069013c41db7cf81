// What every checkpoint record says of who wrote it.
#pragma once

#include <cstdint>

#include "roles/capture/checkpoint.h"
#include "roles/capture/input.h"
#include "roles/capture/settings.h"

namespace wakestream::capture {

// `base` with our name, our slot, the server that we read, and one serial more than the record
// before it.
Checkpoint own_record(Checkpoint base, const Settings& settings, const input::Connected& server,
                      std::uint64_t serial_before);

}  // namespace wakestream::capture
