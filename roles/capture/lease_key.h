// The number under which a pipeline's lease is held in PostgreSQL (pg_try_advisory_lock takes a
// bigint).
#pragma once

#include <cstdint>
#include <string_view>

namespace wakestream::capture {

// FNV-1a over both names: the same in every process and every release, which std::hash does not
// promise.
constexpr std::int64_t lease_key(std::string_view pipeline, std::string_view slot) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto mix = [&hash](std::string_view text) {
    for (const char byte : text) {
      hash ^= static_cast<unsigned char>(byte);
      hash *= 0x100000001b3ULL;
    }
  };
  mix("wakestream/");
  mix(pipeline);
  mix("/");
  mix(slot);
  return static_cast<std::int64_t>(hash);
}

}  // namespace wakestream::capture
