// One message of any bytes: a message or an error, never a crash; and what is decoded lies inside
// the payload.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cdc/pgoutput/decoder.h"

using namespace wakestream::cdc;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static pgoutput::Decoder decoder;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto message = decoder.decode(payload);
  if (!message) return 0;
  const auto inside = [&](std::span<const Value> row) {
    for (const auto& value : row) {
      if (value.kind == Value::Kind::text &&
          (value.text.data() < payload.data() ||
           value.text.data() + value.text.size() > payload.data() + size))
        abort();
    }
  };
  if (const auto* insert = std::get_if<pgoutput::Insert>(&*message)) inside(insert->after);
  if (const auto* update = std::get_if<pgoutput::Update>(&*message)) {
    inside(update->before);
    inside(update->after);
  }
  return 0;
}
