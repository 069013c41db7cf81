// How safe the connection is, and why an encrypted one could not be made.
#pragma once

#include <string>
#include <string_view>

#include "app/check/facts.h"
#include "app/check/finding.h"

namespace wakestream::check {

// Is it the server's certificate that libpq refuses, by what it says? Then the certificate itself
// tells why.
bool certificate_was_refused(std::string_view said);

// A finding when what libpq said is about TLS; false when it is about something else.
bool judge_tls(const CheckFacts& facts, const std::string& said, const std::string& where,
               Findings& findings);

// Of a connection that works.
void check_tls(const CheckFacts& facts, Findings& findings);

}  // namespace wakestream::check
