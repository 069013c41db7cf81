// Any text as a configuration: a configuration or problems with places, never a crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config_loader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A reference would read the fuzzer's own files.
  if (text.find("${file:") != std::string_view::npos) return 0;
  const auto config = wakestream::app::parse_config(text, "fuzz.yaml");
  if (!config && config.error().empty()) abort();
  return 0;
}
