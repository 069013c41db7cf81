// Keys by a command, which asks whatever keeps them: its standard output is the key, as 64
// hexadecimal digits.
//
// It is started without a shell, with the key's name behind its own words, and with nothing on its
// standard input. Whether the key is made when it is missing is the command's matter: it must give
// the same key every time, and an exit status that is not 0 when it cannot. What it says on
// standard error becomes part of the message, on one line, cut, and without long runs of
// hexadecimal digits. After the timeout it is killed with its children.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "keys/key_store.h"

namespace wakestream::keys {

class CommandStore final : public KeyStore {
 public:
  CommandStore(std::vector<std::string> words, std::chrono::milliseconds timeout)
      : words_(std::move(words)), timeout_(timeout) {}

  Result<Key> get(std::string_view name, WhenMissing when_missing) override;

 private:
  std::vector<std::string> words_;
  std::chrono::milliseconds timeout_;
};

}  // namespace wakestream::keys
