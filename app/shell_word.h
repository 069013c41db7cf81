// A text as one word for a shell, in commands that are printed for people.
#pragma once

#include <string>

namespace wakestream::app {

inline std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char letter : text)
    word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return word + "'";
}

}  // namespace wakestream::app
