// Keys in a folder of this machine: the key NAME is the file NAME.key, 64 hexadecimal digits.
//
// A file is made whole or not at all, is on the disk when `get` returns, and has mode 0600; of two
// processes that make one at once both get the same. One that others may read is refused.
#pragma once

#include <string>

#include "keys/key_store.h"

namespace wakestream::keys {

class FolderStore final : public KeyStore {
 public:
  explicit FolderStore(std::string folder) : folder_(std::move(folder)) {}

  Result<Key> get(std::string_view name, WhenMissing when_missing) override;

 private:
  std::string folder_;
};

}  // namespace wakestream::keys
