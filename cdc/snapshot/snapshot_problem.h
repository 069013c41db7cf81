// Why a snapshot cannot read, in a sentence for an operator.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "cdc/error.h"

namespace wakestream::cdc {

struct SnapshotProblem {
  std::string message;
  bool passing = false;  // try again; else somebody must mend something
};

template <class T>
using SnapshotResult = tl::expected<T, SnapshotProblem>;

inline SnapshotProblem problem_of(const Error& error) {
  return {error.message, error.kind == ErrorKind::connection_failed};
}

}  // namespace wakestream::cdc
