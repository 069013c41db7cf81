// How a request says who sends it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "keys/secret.h"

namespace wakestream::emitters {

struct NoAuth {};

struct BearerAuth {
  keys::Secret token;
};

struct BasicAuth {
  keys::Secret user;
  keys::Secret password;
};

// A header with the body's HMAC under a key that both sides know.
struct HmacAuth {
  enum class Digest : std::uint8_t { sha256, sha512 };
  enum class Encoding : std::uint8_t { hex, base64 };

  keys::Secret key;
  std::string header;
  Digest digest = Digest::sha256;
  Encoding encoding = Encoding::hex;
  std::string prefix;  // "sha256="
  // Where it is given, this header holds the time in seconds, and `time.body` is signed.
  std::string timestamp_header;
};

// OAuth 2.0, client credentials.
struct OAuth2Auth {
  std::string token_url;
  keys::Secret client_id;
  keys::Secret client_secret;
  std::string scope = {};
  std::string audience = {};
  bool in_body = false;  // client_id and client_secret in the body, not in Authorization
};

using Auth = std::variant<NoAuth, BearerAuth, BasicAuth, HmacAuth, OAuth2Auth>;

}  // namespace wakestream::emitters
