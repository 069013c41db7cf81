// How a server's setting is changed: by ALTER SYSTEM where one is its own master, by the service's
// tool where a service is.
#pragma once

#include <string>
#include <vector>

#include "app/check/finding.h"
#include "cdc/catalog/catalog.h"

namespace wakestream::check {

// `name` to `value`, and what has to be done for it to take effect. A value that the role or the
// database carries itself is taken away there: it would win over any other.
std::vector<Mend> mend_setting(const cdc::Catalog& catalog, const std::string& name,
                               const std::string& value);

// The same at the primary of the standby that was checked: of its settings nothing is known.
std::vector<Mend> mend_primary_setting(const cdc::Catalog& catalog, const std::string& name,
                                       const std::string& value);

}  // namespace wakestream::check
