// The tests that stand in a policy's file, run when it is loaded.
#pragma once

#include <string>
#include <vector>

#include "policy/definition.h"

namespace wakestream::policy {

class Policy;

struct TestFailure {
  std::string message;
  Place place;
};

std::vector<TestFailure> run_file_tests(const Policy& policy);

}  // namespace wakestream::policy
