// A role of `wakestream run` beside capture.
#pragma once

#include <functional>

namespace wakestream::app {

class Role {
 public:
  virtual ~Role() = default;
  // Until `stop_requested`, which is asked a few times a second, from any thread. The exit code.
  virtual int run(std::function<bool()> stop_requested) = 0;
};

}  // namespace wakestream::app
