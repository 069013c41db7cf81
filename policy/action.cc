#include "policy/action.h"

#include <algorithm>
#include <array>

namespace wakestream::policy {

namespace {
constexpr std::array<std::string_view, action_count> words{
    "pass", "generalize", "mask", "tokenize", "hmac", "nullify", "drop", "withhold"};
}

std::string_view to_string(Action action) { return words[static_cast<std::size_t>(action)]; }

std::optional<Action> action_named(std::string_view word) {
  const auto* const at = std::find(words.begin(), words.end(), word);
  if (at == words.end()) return std::nullopt;
  return static_cast<Action>(at - words.begin());
}

}  // namespace wakestream::policy
