// The event log's past beside today's rules.
//
// The log holds events: what rules of their time made of row changes that are not kept. So new
// rules cannot be tried on it; what can be said is which past events have a type that the rules
// still have, and which of their fields are there no more, or would be there now.
#pragma once

#include "app/config.h"
#include "app/logging.h"
#include "app/preview/preview_command.h"

namespace wakestream::preview {

// A line a type: how many events, when, and how their fields differ from the rule's.
int show_past_events(const app::Config& config, const PreviewOptions& options, app::Logger& logger);

}  // namespace wakestream::preview
