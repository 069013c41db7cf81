// What an error means for the capture role: one place, one switch a module, no default, so that the
// compiler names every kind that nobody has judged.
#pragma once

#include <string>

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

// Why a slot is lost, by PostgreSQL's name for it (pg_replication_slots.invalidation_reason), and
// what prevents it; for after a colon.
std::string why_lost(const std::string& invalidation);

Judgement judge(cdc::ErrorKind kind);
Judgement judge(log::ErrorKind kind);

}  // namespace wakestream::capture
