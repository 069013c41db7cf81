// Members of the JSON objects that the log keeps of accounts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdc/lsn.h"

namespace wakestream::context {

// The member as it stands there; empty when it is missing.
std::string_view member_of(std::string_view json, std::string_view name);
// Its text; nothing when it is no text.
std::optional<std::string> text_of(std::string_view json, std::string_view name);
std::optional<cdc::Lsn> lsn_of(std::string_view json, std::string_view name);

// Why `what` cannot be read, as a sentence; nothing when it is JSON of that format version.
std::optional<std::string> unreadable(std::string_view json, std::string_view what,
                                      std::string_view format_version);
// The same of a member that is missing, or not what is wanted.
std::string has_no(std::string_view what, std::string_view member, std::string_view wanted);

}  // namespace wakestream::context
