// What failed at a consumer, a group a piece: as text, or as a JSON object.
#pragma once

#include <string>

#include "roles/deliver/failures.h"

namespace wakestream::app {

std::string failure_text(const std::string& consumer, const deliver::FailureGroup& group);
std::string failure_json(const std::string& consumer, const deliver::FailureGroup& group);

}  // namespace wakestream::app
