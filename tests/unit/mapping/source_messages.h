// The messages for people that stand in mapping's sources, found in the text of the sources: so
// that none is without a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wakestream::mapping::test {

// String literals that read like a sentence, with {} where something is put in. Literals that stand
// next to each other are one.
std::vector<std::string> messages_of_sources();

// Is there a line in which the message's fixed parts stand in their order?
bool holds_message(std::string_view lines, std::string_view message);

}  // namespace wakestream::mapping::test
