// What an error means for the capture role: one place, one switch a module, no default, so that the
// compiler names every kind that nobody has judged.
#pragma once

#include "cdc/error.h"
#include "log/error.h"

namespace wakestream::capture {

enum class Verdict {
  retry,   // give everything back, pause, start again from the checkpoint
  wait,    // somebody else must act first, and it is normal that he will: retry, and say what is
           // waited for
  refuse,  // trying again cannot help: stop, with the reason and the way out
};

struct Judgement {
  Verdict verdict;
  const char* way_out;  // a sentence for the operator; empty when the error says it all
};

Judgement judge(cdc::ErrorKind kind);
Judgement judge(log::ErrorKind kind);

}  // namespace wakestream::capture
