// Findings as text for people, as JSON, and their mends as one script. Pure.
#pragma once

#include <string>

#include "app/check/facts.h"
#include "app/check/finding.h"

namespace wakestream::check {

std::string as_text(const CheckFacts& facts, const Findings& findings);

// One object: errors, warnings, notes, and the findings with their mends.
std::string as_json(const CheckFacts& facts, const Findings& findings, std::int64_t milliseconds);

// For psql, as an administrator. In order, each statement once, with its finding as a comment. What
// mends a note stands in comments: nothing has to be done. What is no SQL stands in comments too.
std::string as_script(const CheckFacts& facts, const Findings& findings);

}  // namespace wakestream::check
