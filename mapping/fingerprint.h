// A short hash that says whether something changed. Not for adversaries: FNV-1a, 64 bits.
//
// Source: "The FNV Non-Cryptographic Hash Algorithm", RFC 9923.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::mapping {

// 16 hexadecimal digits, the same on every machine.
std::string fingerprint(std::string_view text);

}  // namespace wakestream::mapping
