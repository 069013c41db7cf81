// Who sees what, where: for each consumer a row a field, and a column for jurisdictions in which
// all of it is the same.
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/rule_shapes.h"

namespace wakestream::policy {

struct MatrixRow {
  std::string event;
  std::string field;
  std::vector<FieldVerdict> cells;  // by column; Action::withhold where the event is
};

struct ConsumerMatrix {
  NameId consumer = 0;
  std::vector<std::vector<NameId>> columns;  // jurisdictions
  std::vector<MatrixRow> rows;
};

struct MatrixAsked {
  NameId banner = 0;
  ConsentState consent = ConsentState::granted;  // of every purpose that asks for one
  std::chrono::sys_seconds at;
};

ConsumerMatrix matrix_of(const Policy& policy, const EventShapes& shapes, NameId consumer,
                         const MatrixAsked& asked);

}  // namespace wakestream::policy
