// Where secret keys are kept: outside of the log, so that what was made with one can be given up by
// destroying it.
//
// A key has a name, of letters, digits, dots, hyphens and underscores. The store gives the same key
// for it every time, until somebody destroys it. It is for few keys that are asked for seldom: each
// `get` looks anew, and may take as long as the store's own deadline says. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "keys/key.h"

namespace wakestream::keys {

enum class ErrorKind : std::uint8_t {
  missing,      // there is no such key, and none was to be made
  unusable,     // what is there is no key, or others may read it: a person must mend it
  unavailable,  // the store did not answer: try again
};

struct Error {
  ErrorKind kind;
  std::string message;  // a sentence; never a key
  std::string mend;     // a line for a shell that mends it; empty where none does
};

template <class T>
using Result = tl::expected<T, Error>;

// A key that something was made with must never be replaced in silence: only who knows that nothing
// was may ask for a new one.
enum class WhenMissing : std::uint8_t { make, fail };

class KeyStore {
 public:
  virtual ~KeyStore() = default;
  virtual Result<Key> get(std::string_view name, WhenMissing when_missing) = 0;
};

}  // namespace wakestream::keys
