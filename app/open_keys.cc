#include "app/open_keys.h"

#include <fmt/format.h>

#include "keys/command_store.h"
#include "keys/folder_store.h"
#include "roles/capture/deletion_writer.h"

namespace wakestream::app {

std::unique_ptr<keys::KeyStore> open_key_store(const Config& config) {
  const auto& keys = config.keys;
  if (!keys.command.empty())
    return std::make_unique<keys::CommandStore>(keys.command, keys.timeout);
  return std::make_unique<keys::FolderStore>(keys.folder);
}

keys::Result<keys::Key> pseudonym_key(const Config& config, const std::string& wanted) {
  auto key = open_key_store(config)->get(capture::pseudonym_key_name(config.pipeline),
                                         keys::WhenMissing::fail);
  if (!key || wanted.empty() || key->id() == wanted) return key;
  return tl::unexpected(keys::Error{
      keys::ErrorKind::unusable,
      fmt::format(
          "the key that the key store has (its id is {}) is another one than that which the "
          "records of deleted accounts were made with ({})",
          key->id(), wanted),
      {}});
}

}  // namespace wakestream::app
