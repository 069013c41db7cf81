// Who runs the server? A managed service keeps the superuser for itself, so what mends a setting or
// a role is another statement there, or no statement at all.
#pragma once

#include <cstdint>
#include <string_view>

#include "cdc/catalog/catalog.h"

namespace wakestream::cdc {

enum class ServerKind : std::uint8_t { self_managed, rds, aurora, cloud_sql, azure };

ServerKind server_kind(const ServerFacts& server);
std::string_view name_of(ServerKind kind);  // "Amazon RDS"

}  // namespace wakestream::cdc
