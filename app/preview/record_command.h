// `wakestream record FILE`: row changes as PostgreSQL sends them, whole transactions, for preview
// and for tests. The file holds rows of the database; only its owner may read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::preview {

struct RecordOptions {
  std::string file;
  std::string from = "now";
  std::uint64_t bytes_max = 1U << 30U;
  std::optional<double> until_idle_s;
};

int record_command(const app::Config& config, const RecordOptions& options, app::Logger& logger);

}  // namespace wakestream::preview
