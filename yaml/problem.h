// What is wrong in a YAML file, and where.
#pragma once

#include <string>

namespace wakestream::yaml {

struct Problem {
  std::string file;
  int line = 0;    // from 1; 0 when the problem has no place
  int column = 0;  // from 1, in characters
  std::string message;
  // The word to write for the one that stands there, where one is known.
  std::string instead = {};
};

}  // namespace wakestream::yaml
