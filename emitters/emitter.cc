#include "emitters/emitter.h"

namespace wakestream::emitters {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::delivered:
      return "delivered";
    case Verdict::unknown:
      return "unknown";
    case Verdict::retry:
      return "retry";
    case Verdict::throttle:
      return "throttle";
    case Verdict::park:
      return "park";
    case Verdict::disable:
      return "disable";
  }
  return "unknown";
}

}  // namespace wakestream::emitters
