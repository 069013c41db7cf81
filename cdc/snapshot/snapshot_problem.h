// Why a snapshot cannot read, in a sentence for an operator.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

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

// One that goes by.
inline tl::unexpected<SnapshotProblem> passing(std::string message) {
  return tl::make_unexpected(SnapshotProblem{std::move(message), true});
}

}  // namespace wakestream::cdc
