// Names and texts as SQL wants them. Whatever prints a statement writes them by these.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::mapping {

// A name as it must be written: in quotes unless it is plain lower case, and no key word where
// `stands_first` says that nothing comes before it (behind a dot or AS a key word may stand as it
// is).
std::string quoted_name(std::string_view name, bool stands_first = false);

// schema.table
std::string quoted_table(std::string_view schema, std::string_view table);

// A text as a literal.
std::string quoted_text(std::string_view text);

}  // namespace wakestream::mapping
