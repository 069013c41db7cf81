// What people are told of the deliveries to a consumer (docs/errors.md).
#pragma once

#include "roles/reading/course.h"

namespace wakestream::deliver {

extern const reading::Words deliver_words;

}  // namespace wakestream::deliver
