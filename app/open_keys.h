// The key store that the configuration names.
#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "keys/key_store.h"

namespace wakestream::app {

std::unique_ptr<keys::KeyStore> open_key_store(const Config& config);

// The pipeline's key for pseudonyms of deleted accounts. It is never made here, and must be the one
// that the records of the log were made with; `wanted` is that one's id, empty when there are no
// records.
keys::Result<keys::Key> pseudonym_key(const Config& config, const std::string& wanted);

}  // namespace wakestream::app
