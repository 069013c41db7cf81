// An account's record that tells itself from another by its banner.
#pragma once

#include <string>

#include "context/account_record.h"

namespace wakestream::context {

inline AccountRecord of_banner(const std::string& banner) {
  AccountRecord record;
  record.context.at(mapping::ContextColumn::banner) = banner;
  return record;
}

}  // namespace wakestream::context
