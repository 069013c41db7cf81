// PostgreSQL's errors in our words: SQLSTATE to kind, and messages without secrets.
//
// Source: PostgreSQL documentation, "PostgreSQL Error Codes".
#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "cdc/error.h"

namespace wakestream::cdc {

// The error of a statement: `doing` says what was asked ("create slot \"wakestream\"").
Error error_of(const PGresult* result, std::string_view doing);

// The error of a connection that could not be made, or was lost. `conninfo` is only used to take
// the password out.
Error connection_error(const PGconn* connection, std::string_view doing);

}  // namespace wakestream::cdc
