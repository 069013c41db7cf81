// What to do about an error that ends a preview or a recording. Both stream as `run` does, and
// leave the pipeline alone: where `run` would have to be mended, they often have another way.
#pragma once

#include <string>

#include "cdc/error.h"

namespace wakestream::preview {

// The error, its position where it has one, and a sentence for the operator.
std::string with_advice(const cdc::Error& error);

}  // namespace wakestream::preview
